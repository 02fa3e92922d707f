-- Each trial behind a headline effect or finding that moved: it came, left, or states other numbers; and why.
-- grain  one row per changed thing (table, row and column) and trial that differs
-- key    table_name, row_key, column_name, trial_id, register
-- not    all trials behind an effect: those that are as they were are in trials_behind
with compared as (
    select true as is_now, * from events.trial_comparison
    union all by name
    select false as is_now, * from before.events_trial_comparison
),

behind as (
    select
        effect.table_name, effect.row_key, effect.column_name, compared.trial_id,
        compared.register as trial_register, compared.is_now,
        {
            'a': compared.participants_affected, 'n': compared.participants_at_risk,
            'c': compared.comparator_participants_affected, 'm': compared.comparator_participants_at_risk,
            'risk': compared.risk_of_bias, 'is_asked': compared.is_systematically_assessed
        } as stated
    from intermediate.changed_effect as effect
    inner join compared
        on compared.drug = effect.drug and compared.route = effect.route and compared.reaction = effect.reaction
            and compared.definition = effect.definition and compared.population = effect.population
            and compared.comparator = effect.comparator and compared.bound = effect.bound
            and if(effect.register = 'all', compared.is_in_all, compared.register = effect.register)
            and (effect.analysis = 'primary' or compared.is_systematically_assessed)
    where compared.randomisation <> 'not randomised'
),

differing as (
    select
        table_name, row_key, column_name, trial_id, trial_register as register,
        case when count(*) = 2 then 'moved' when bool_or(is_now) then 'gained' else 'lost' end as change
    from behind
    group by table_name, row_key, column_name, trial_id, trial_register
    having count(*) = 1 or min(stated) <> max(stated)
),

record as (
    select true as is_now, 'clinicaltrials' as register, trial_id, delivery_id, record_number from clean.trial
    union all
    select false as is_now, 'clinicaltrials' as register, trial_id, delivery_id, record_number from before.clean_trial
    union all
    select true as is_now, 'studies' as register, trial_id, delivery_id, null as record_number from clean.study
    union all
    select false as is_now, 'studies' as register, trial_id, delivery_id, null as record_number from before.clean_study
),

recorded as (
    select
        register, trial_id, bool_or(is_now) as is_landed, bool_or(not is_now) as was_landed,
        count(distinct(delivery_id, record_number)) > 1 as is_other_record
    from record
    group by register, trial_id
),

cause as (
    select differing.register, differing.trial_id, possible.reason
    from (select distinct register, trial_id from differing) as differing
    inner join recorded on recorded.register = differing.register and recorded.trial_id = differing.trial_id
    cross join
        lateral (
            values
            ('new_trial', recorded.is_landed and not recorded.was_landed),
            ('new_record', recorded.is_landed and recorded.was_landed and recorded.is_other_record),
            ('reissue', recorded.was_landed and not recorded.is_landed)
        ) as possible (reason, holds)
    where possible.holds
    union all
    select differing.register, differing.trial_id, general.reason
    from (select distinct register, trial_id from differing) as differing
    cross join (select distinct reason from before.cause) as general
)

select
    differing.table_name, differing.row_key, differing.column_name, differing.trial_id, differing.register,
    differing.change, coalesce(arg_min(cause.reason, known.position::integer), 'unexplained') as reason,
    coalesce(string_agg(cause.reason, ' ' order by known.position::integer), 'unexplained') as all_reasons
from differing
left join cause on cause.register = differing.register and cause.trial_id = differing.trial_id
left join codes.change_reason as known on known.reason = cause.reason
group by all
