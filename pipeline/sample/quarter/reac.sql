with counted as (
    select
        i,
        primaryid,
        caseid,
        unnest(range(1, 2 + amount(i, 50, 2.8, 20))) as reaction
    from report
)
select
    primaryid,
    caseid,
    coalesce(known.name, term.name) as pt,
    '' as drug_rec_act
from counted
-- One reaction in eight is of the ten that go with the report's first ingredient: a table without a signal has no prior.
inner join term on term.id = if(
    u(i * 32 + reaction, 54) < 0.125,
    (37 * pick(i * 32 + 1, 45, {ingredient}, 3) + pick(i * 32 + reaction, 55, 10, 1)) % {term},
    pick(i * 32 + reaction, 51, {term}, 2.5)
)
left join known
    on known.id = if(u(i * 32 + reaction, 52) < 0.3 or i = 0, pick(i * 32 + reaction, 53, {known}, 1), null)
order by i, reaction
