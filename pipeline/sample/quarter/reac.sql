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
inner join term on term.id = pick(i * 32 + reaction, 51, {term}, 2.5)
left join known
    on known.id = if(u(i * 32 + reaction, 52) < 0.3 or i = 0, pick(i * 32 + reaction, 53, {known}, 1), null)
order by i, reaction
