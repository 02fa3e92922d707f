-- Cases that probably describe a person whom another case describes too, and the case that is kept for them: the one
-- received last, then that with the highest number. A flag for sensitivities: nothing is deleted by it.
-- grain  one row per case set aside
-- key    source, case_id
-- not    a proof, nor all duplicates: cases that differ in one fact, and reports of one article, are not searched for.
--        Links are followed through eight cases; of a longer chain the far end is kept
with recursive linked as (
    select
        source, case_id, age_years, nullif(sex, 'unknown') as sex,
        row_number() over (
            order by received_date desc nulls last, whole_number(case_id) desc nulls last, case_id desc
        ) as rank
    from events.case
    where case_id in (
            select case_id from events.duplicate_link union select linked_case_id from events.duplicate_link
        )
),

pair as (
    select linked.rank, latest.rank as latest_rank, link.rule
    from events.duplicate_link as link
    inner join linked on linked.case_id = link.case_id
    inner join linked as latest on latest.case_id = link.linked_case_id
),

edge as (
    select rank as from_rank, latest_rank as to_rank, rule from pair
    union all
    select latest_rank, rank, rule from pair
    union all
    select rank, rank, null from linked
),

settled as (
    select 0 as round, rank, rank as kept_rank from linked
    union all
    -- Each case takes over the latest case known to the cases it is linked to.
    select settled.round + 1, edge.to_rank, min(settled.kept_rank)
    from settled inner join edge on edge.from_rank = settled.rank
    where settled.round < 8
    group by settled.round, edge.to_rank
),

rule_of_case as (
    select to_rank as rank, min(rule) as rule from edge group by to_rank
)

select linked.source, linked.case_id, kept.case_id as kept_case_id, rule_of_case.rule
from settled
inner join linked on linked.rank = settled.rank
inner join settled as settled_kept on settled_kept.round = settled.round and settled_kept.rank = settled.kept_rank
inner join linked as kept on kept.rank = settled.kept_rank
inner join rule_of_case on rule_of_case.rank = settled.rank
where settled.round = 8 and settled.kept_rank <> settled.rank and settled_kept.kept_rank = settled_kept.rank
    -- A chain of links may end beside a case that it contradicts: then both are kept.
    and coalesce(linked.sex = kept.sex, true)
    and coalesce(abs(linked.age_years - kept.age_years) <= 2, true)
