-- The numbers a study posted for its outcome measures, each as posted, with its group and the people analysed.
-- grain  one row per posted measurement of a study record
-- key    delivery_id, member, record_number, outcome_number, class_number, category_number, measurement_number
-- not    numbers: a registry accepts "NA" and "<0.1" in place of a number

with listed as (
    select
        delivery_id,
        member,
        record_number,
        nct_id,
        from_json(
            record_text -> '$.resultsSection.outcomeMeasuresModule.outcomeMeasures',
            '[{"groups": [{"id": "VARCHAR", "title": "VARCHAR", "description": "VARCHAR"}],
               "denoms": [{"units": "VARCHAR", "counts": [{"groupId": "VARCHAR", "value": "VARCHAR"}]}],
               "classes": [{"title": "VARCHAR",
                            "denoms": [{"units": "VARCHAR", "counts": [{"groupId": "VARCHAR", "value": "VARCHAR"}]}],
                            "categories": [{"title": "VARCHAR",
                                            "measurements": [{"groupId": "VARCHAR", "value": "VARCHAR",
                                                              "spread": "VARCHAR", "lowerLimit": "VARCHAR",
                                                              "upperLimit": "VARCHAR", "comment": "VARCHAR"}]}]}]}]'
        ) as measures
    from raw.clinicaltrials_record
),

measure as (
    select *, unnest(measures) as one, unnest(range(1, len(measures) + 1)) as outcome_number from listed
),

class as (
    select *, unnest(one.classes) as cut, unnest(range(1, len(one.classes) + 1)) as class_number from measure
),

category as (
    select *, unnest(cut.categories) as part, unnest(range(1, len(cut.categories) + 1)) as category_number from class
),

measurement as (
    select
        *,
        unnest(part.measurements) as posted,
        unnest(range(1, len(part.measurements) + 1)) as measurement_number
    from category
),

-- a class may have people of its own; of several units the registry puts people first
grouped as (
    select
        *,
        list_filter(one.groups, lambda each: each.id = posted.groupId)[1] as stated_group,
        if(len(cut.denoms) > 0, cut.denoms, one.denoms)[1] as denominator
    from measurement
)

select
    delivery_id,
    member,
    record_number,
    nct_id as trial_id,
    outcome_number,
    class_number,
    category_number,
    measurement_number,
    cut.title as class_title,
    part.title as category_title,
    posted.groupId as group_id,
    stated_group.title as group_title,
    stated_group.description as group_description,
    posted.value as value_text,
    posted.spread as spread_text,
    posted.lowerLimit as lower_limit_text,
    posted.upperLimit as upper_limit_text,
    posted.comment as value_comment,
    (denominator).units as analysed_unit_text,
    try_cast(
        list_filter((denominator).counts, lambda each: each.groupId = posted.groupId)[1].value as uinteger
    )::bigint as analysed_count
from grouped
