-- The ids behind a published count, so that every number can be opened.
-- Columns are qualified: an unqualified `drug = drug` would compare the argument with itself and match everything.

create or replace macro cases_behind(drug, route, reaction, definition, quarter := null) as table
    select
        reported.source, reported.case_id, cases.report_id, cases.version_number, cases.period,
        cases.first_received_date, cases.received_date, cases.is_serious, cases.is_fatal
    from events.reported as reported
    inner join events.case as cases on cases.source = reported.source and cases.case_id = reported.case_id
    where reported.drug = drug
        and reported.route = route
        and reported.reaction = reaction
        and reported.definition = definition
        and (quarter is null or cases.first_received_quarter = quarter)
    order by reported.source, reported.case_id;

-- The arms behind a cell of observed_by_drug_route, of the drug and of its comparator, with the rows they posted.
create or replace macro arms_behind(
    drug, route, reaction, definition, population := null, comparator := null
) as table
    select
        cell.side, cell.population, cell.comparator, cell.trial_id, cell.arm_id, counted.arm_title,
        counted.participants_affected_lower, counted.participants_affected_upper, counted.participants_at_risk,
        counted.is_below_threshold, counted.terms_text, cell.register
    from events.observed_cell as cell
    inner join (
        select distinct
            observed.register, observed.trial_id, observed.arm_id, observed.arm_title, observed.reaction,
            observed.definition, observed.participants_affected_lower, observed.participants_affected_upper,
            observed.participants_at_risk, observed.is_below_threshold, observed.terms_text
        from events.observed as observed
        where observed.is_in_all
    ) as counted
        on counted.register = cell.register and counted.trial_id = cell.trial_id and counted.arm_id = cell.arm_id
    where cell.drug = drug
        and cell.route = route
        and counted.reaction = reaction
        and counted.definition = definition
        and (population is null or cell.population = population)
        and (comparator is null or cell.comparator = comparator)
    order by cell.population, cell.comparator, cell.trial_id, cell.side desc, cell.arm_id;

-- The trials behind a row of trial_effect or finding, as counted at its bound and in its register. Those not randomised
-- are shown, and not pooled.
create or replace macro trials_behind(
    drug, route, reaction, definition, population := null, comparator := null, bound := 'lower', register := 'all'
) as table
    select
        compared.population, compared.comparator, compared.trial_id,
        coalesce(trial.brief_title, study.study_name) as brief_title,
        compared.participants_affected, compared.participants_at_risk,
        compared.comparator_participants_affected, compared.comparator_participants_at_risk,
        compared.arm_count, compared.comparator_arm_count, compared.is_crossover, compared.is_below_threshold,
        compared.is_hidden_in_composite, compared.randomisation, compared.is_systematically_assessed,
        compared.risk_of_bias, compared.register, compared.is_in_all
    from events.trial_comparison as compared
    left join clean.trial as trial on compared.register = 'clinicaltrials' and trial.trial_id = compared.trial_id
    left join clean.study as study on compared.register = 'studies' and study.trial_id = compared.trial_id
    where compared.drug = drug
        and compared.route = route
        and compared.reaction = reaction
        and compared.definition = definition
        and (population is null or compared.population = population)
        and (comparator is null or compared.comparator = comparator)
        and compared.bound = bound
        and if(register = 'all', compared.is_in_all, compared.register = register)
    order by compared.population, compared.comparator, compared.trial_id;

-- The cases behind a denominator: all that suspect the drug by the route, whatever they report.
create or replace macro cases_exposed(drug, route, quarter := null) as table
    select
        exposed_case.source, exposed_case.case_id, cases.report_id, cases.version_number, cases.period,
        cases.first_received_date, cases.received_date, cases.is_serious, cases.is_fatal
    from events.exposed_case as exposed_case
    inner join events.case as cases
        on cases.source = exposed_case.source and cases.case_id = exposed_case.case_id
    where exposed_case.drug = drug
        and exposed_case.route = route
        and (quarter is null or cases.first_received_quarter = quarter)
    order by exposed_case.source, exposed_case.case_id;
