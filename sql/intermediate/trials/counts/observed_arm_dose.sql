-- The dose of each arm given a watched drug, and its band, where one amount by one route is stated and nothing varies.
-- grain  one row per arm and drug
-- key    trial_id, arm_id, drug
-- not    what people took: the amount a registration states, first dose and last alike

with arm as (
    select
        trial_id, arm_id, drug, min(route) as route, max(route_count) as route_count, any_value(dose_text) as dose_text
    from events.observed_arm
    where drug is not null
    group by trial_id, arm_id, drug
),

stated_amount as (
    select trial_id, arm_id, drug, bool_or(is_variable) as is_variable
    from intermediate.trial_group_amount
    group by trial_id, arm_id, drug
),

-- only units that have bands for this drug and route state the dose: a tablet's strength is not a daily dose
banded as (
    select
        arm.trial_id,
        arm.arm_id,
        arm.drug,
        count(*) as amount_count,
        any_value(amount.dose_value) as dose_value,
        any_value(amount.dose_unit) as dose_unit,
        any_value(code.band) as band
    from arm
    inner join intermediate.trial_group_amount as amount using (trial_id, arm_id, drug)
    inner join codes.dose_band as code
        on arm.drug = code.drug and arm.route = code.route and amount.dose_unit = code.unit
            and amount.dose_value >= coalesce(code.at_least::double, 0)
            and amount.dose_value > coalesce(code.above::double, -1)
            and amount.dose_value < coalesce(code.below::double, 'infinity')
            and amount.dose_value <= coalesce(code.at_most::double, 'infinity')
    group by arm.trial_id, arm.arm_id, arm.drug
),

judged as (
    select
        arm.*,
        banded.dose_value,
        banded.dose_unit,
        banded.band,
        case
            when arm.route_count > 1 then 'several routes'
            when arm.route = 'unknown' then 'route unknown'
            when stated_amount.trial_id is null then 'no amount'
            when stated_amount.is_variable then 'range or titration'
            when known.drug is null then 'no band'
            when banded.amount_count is null then 'another unit'
            when banded.amount_count > 1 then 'several amounts'
            else 'stated'
        end as dose_basis
    from arm
    left join stated_amount using (trial_id, arm_id, drug)
    left join banded using (trial_id, arm_id, drug)
    left join (select distinct drug, route from codes.dose_band) as known using (drug, route)
)

select
    trial_id,
    arm_id,
    drug,
    dose_text,
    case when dose_basis = 'stated' then dose_value end as dose_value,
    case when dose_basis = 'stated' then dose_unit end as dose_unit,
    case dose_basis when 'stated' then band when 'no band' then 'not coded' else 'unknown' end as dose_band,
    dose_basis
from judged
