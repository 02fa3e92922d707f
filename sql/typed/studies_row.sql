-- The rows of extraction sheets with their types: one arm and one outcome of one study.
-- grain  one row per delivery and row
-- key    delivery_id, record_number
-- not    one study: a later sheet may replace the rows of an earlier one

with stated as (
    select
        *,
        text_of(study) as study_name,
        text_of(registry_number) as own_number,
        text_of(outcome) as outcome_text,
        text_of(arm) as arm_title,
        list_transform(string_split(text_of(comparator_arm), ';'), lambda part: trim(part)) as comparator_arms,
        list_transform(string_split(text_of(comparator), ';'), lambda part: trim(part)) as comparators,
        list_transform(string_split(text_of(review_group), ';'), lambda part: trim(part)) as review_groups,
        list_filter(
            [
                text_of(bias_randomisation),
                text_of(bias_deviations),
                text_of(bias_missing_outcome),
                text_of(bias_measurement),
                text_of(bias_selection)
            ],
            lambda level: level is not null
        ) as bias_levels
    from raw.studies_row
)

select
    -- a study without a number is known by its name, which mostly holds the year
    coalesce(
        upper(stated.own_number),
        if(contains(stated.study_name, stated.year), stated.study_name, stated.study_name || ' ' || stated.year)
    ) as study_id,
    stated.study_name,
    stated.year::bigint as publication_year,
    upper(stated.own_number) as registry_number,
    stated.allocation as randomisation,
    stated.design as study_design,
    text_of(stated.period_used) as period_used,
    coalesce(text_of(stated.stratum), '') as stratum,
    stated.population,
    stated.arm_title,
    -- what a RevMan file names is looked up whole; a sheet states the word itself
    if(stated.sheet_kind = 'revman', named.drug, nullif(stated.drug, 'none')) as drug,
    if(stated.sheet_kind = 'revman', if(named.drug is null, null, 'unknown'), text_of(stated.route)) as route,
    text_of(stated.dose) as dose_text,
    text_of(stated.duration) as duration_text,
    text_of(stated.participants_randomised)::bigint as participants_randomised,
    stated.outcome_text,
    if(stated.sheet_kind = 'revman', listed.reaction, stated.outcome_text) as reaction,
    stated.participants_analysed::bigint as participants_analysed,
    nullif(stated.events, 'not reported')::bigint as participants_affected,
    stated.ascertainment,
    stated.comparator_arms,
    stated.comparators,
    stated.review_groups,
    -- the worst of five domains (RoB 2); with fewer there is no judgement of the whole
    case
        when len(stated.bias_levels) < 5 then 'not_assessed'
        when list_contains(stated.bias_levels, 'high') then 'high'
        when list_contains(stated.bias_levels, 'some concerns') then 'some concerns'
        else 'low'
    end as risk_of_bias,
    stated.source as source_text,
    stated.verified = 'yes' as is_verified,
    stated.sheet_kind,
    stated.member,
    stated.record_number,
    stated.delivery_id,
    stated.received_at
from stated
left join codes.trial_drug as named on trim(words_of(stated.drug)) = named.name
left join codes.study_outcome as listed on lower(stated.outcome_text) = listed.outcome_text
