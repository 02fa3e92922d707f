-- The ids behind a published count, so that every number can be opened.
-- Columns are qualified: an unqualified `drug = drug` would compare the argument with itself and match everything.

-- One row without a text where every word is of its vocabulary, else an error that lists the words to use. The macros
-- below read its text in a branch of their own that no filter can remove before the words are compared: a word that is
-- spelt otherwise would match no row, and an empty answer reads as no case.
-- Without `with`: DuckDB 1.4 does not find a common table expression in a macro that a later version has stored.
-- words: list of (argument, given, vocabulary, subsets, is optional), by place. subsets: the parts of the vocabulary that
-- are accepted, with a space between them, all of it where blank. An optional word may be null.
create or replace macro refuse_unknown_words(words) as table
    select
        case
            when count(*) filter (where not compared.is_known) > 0 then error(
                    string_agg(
                        'there is no ' || compared.argument || ' ' || coalesce('"' || compared.given || '"', 'null')
                        || ': use one of ' || compared.accepted_text,
                        ' -- ' order by compared.argument
                    ) filter (where not compared.is_known)
                )
        end::varchar as refusal
    from (
        select
            given.argument, given.given,
            coalesce(bool_or(known.value = given.given), false)
            or (given.is_optional and given.given is null) as is_known,
            string_agg(known.value, ', ' order by known.value) as accepted_text
        from (
            select
                word[1] as argument, word[2] as given, word[3] as vocabulary, word[4] as subsets, word[5] as is_optional
            from (select unnest(words) as word) as listed
        ) as given
        inner join meta.vocabulary as known
            on known.vocabulary = given.vocabulary
                and (
                    given.subsets = ''
                    or list_has_any(string_split(known.subset, ' '), string_split(given.subsets, ' '))
                )
        group by given.argument, given.given, given.is_optional
    ) as compared;

-- analysis: one of those of summary.signal.
create or replace macro cases_behind(
    drug, route, reaction, definition, quarter := null, analysis := 'primary'
) as table
    select
        exposure.source, exposure.case_id, cases.report_id, cases.version_number, cases.period,
        cases.first_received_date, cases.received_date, cases.is_serious, cases.is_fatal
    from intermediate.signal_count as cell
    inner join intermediate.analysis_exposure as exposure
        on exposure.source = cell.source and exposure.drug = cell.drug and exposure.route = cell.route
            and exposure.analysis = if(cell.analysis = 'without_dominating_drug', 'primary', cell.analysis)
    inner join intermediate.reacting_case as reacting
        on reacting.source = exposure.source and reacting.case_id = exposure.case_id
            and reacting.reaction = cell.reaction and reacting.definition = cell.definition
    inner join events.case as cases on cases.source = exposure.source and cases.case_id = exposure.case_id
    -- The dominating drug that a masked cell sets aside is of the cell, and differs between sources.
    left join intermediate.listed_case as listed
        on listed.ingredient_list = cell.set_aside_text and listed.source = exposure.source
            and listed.case_id = exposure.case_id
    where cell.drug = drug
        and cell.route = route
        and cell.reaction = reaction
        and cell.definition = definition
        and cell.analysis = analysis
        and cell.comparator = 'all_other_cases'
        and listed.case_id is null
        and (quarter is null or cases.first_received_quarter = quarter)
    union all
    select
        refusal, refusal, refusal, refusal::integer, refusal, refusal::date, refusal::date, refusal::boolean,
        refusal::boolean
    from refuse_unknown_words([
            ('drug', drug::varchar, 'drug', 'single rollup subclass', false),
            ('route', route::varchar, 'route', 'single rollup', false),
            ('reaction', reaction::varchar, 'reaction', 'single rollup', false),
            ('definition', definition::varchar, 'definition', 'term_set', false),
            ('analysis', analysis::varchar, 'analysis', 'exposure set_aside masking', false)
        ])
    where refusal is not null
    order by source, case_id;

-- The arms behind a cell of observed_by_drug_route, of the drug and of its comparator, with the rows they posted.
create or replace macro arms_behind(
    drug, route, reaction, definition, population := null, comparator := null
) as table
    select behind.*
    from (
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
        union all
        select
            refusal, refusal, refusal, refusal, refusal, refusal, refusal::bigint, refusal::bigint, refusal::bigint,
            refusal::boolean, refusal, refusal
        from refuse_unknown_words([
                ('drug', drug::varchar, 'drug', 'single rollup subclass', false),
                ('route', route::varchar, 'route', 'single rollup', false),
                ('reaction', reaction::varchar, 'reaction', 'single rollup trial_only', false),
                ('definition', definition::varchar, 'definition', 'term_set', false),
                ('population', population::varchar, 'population', '', true),
                ('comparator', comparator::varchar, 'trial_comparator', '', true)
            ])
        where refusal is not null
    ) as behind
    order by behind.population, behind.comparator, behind.trial_id, behind.side desc, behind.arm_id;

-- The trials behind a row of trial_effect or finding, as counted at its bound and in its register. Those not randomised
-- are shown, and not pooled.
create or replace macro trials_behind(
    drug, route, reaction, definition, population := null, comparator := null, bound := 'lower', register := 'all'
) as table
    select behind.*
    from (
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
        union all
        select
            refusal, refusal, refusal, refusal, refusal::bigint, refusal::bigint, refusal::bigint, refusal::bigint,
            refusal::bigint, refusal::bigint, refusal::boolean, refusal::boolean, refusal::boolean, refusal,
            refusal::boolean, refusal, refusal, refusal::boolean
        from refuse_unknown_words([
                ('drug', drug::varchar, 'drug', 'single rollup subclass', false),
                ('route', route::varchar, 'route', 'single rollup', false),
                ('reaction', reaction::varchar, 'reaction', 'single rollup trial_only', false),
                ('definition', definition::varchar, 'definition', 'term_set', false),
                ('population', population::varchar, 'population', '', true),
                ('comparator', comparator::varchar, 'trial_comparator', '', true),
                ('bound', bound::varchar, 'bound', '', false),
                ('register', register::varchar, 'register', '', false)
            ])
        where refusal is not null
    ) as behind
    order by behind.population, behind.comparator, behind.trial_id;

-- The cases behind a denominator: all that suspect the drug by the route, whatever they report. analysis: one that does
-- not depend on a reaction.
create or replace macro cases_exposed(drug, route, quarter := null, analysis := 'primary') as table
    select
        exposure.source, exposure.case_id, cases.report_id, cases.version_number, cases.period,
        cases.first_received_date, cases.received_date, cases.is_serious, cases.is_fatal
    from intermediate.analysis_exposure as exposure
    inner join events.case as cases on cases.source = exposure.source and cases.case_id = exposure.case_id
    where exposure.analysis = analysis
        and exposure.drug = drug
        and exposure.route = route
        and (quarter is null or cases.first_received_quarter = quarter)
    union all
    select
        refusal, refusal, refusal, refusal::integer, refusal, refusal::date, refusal::date, refusal::boolean,
        refusal::boolean
    from refuse_unknown_words([
            ('drug', drug::varchar, 'drug', 'single rollup subclass', false),
            ('route', route::varchar, 'route', 'single rollup', false),
            ('analysis', analysis::varchar, 'analysis', 'exposure', false)
        ])
    where refusal is not null
    order by source, case_id;
