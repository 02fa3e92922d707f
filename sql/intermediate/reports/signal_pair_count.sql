-- The table of pairs of the likelihood ratio test, one for each route: a pair is a case's suspect drug beside one
-- of its preferred terms. Rows are the six drugs by that route and all other suspect drugs (the same drugs by other
-- routes among them), columns the five narrow reactions and all other terms.
-- grain  one row per source, route, drug and reaction, `other` included
-- key    source, route, drug, reaction
-- not    cases: a case with two suspect drugs and three terms is six pairs. Broad reactions share terms, and a pair can
--        be in one column only, so there is no such table of them
with term_pair as (
    select source, case_id, reaction, term_count
    from intermediate.reacting_case
    where definition = 'narrow'
        and reaction in (select value from codes.signal_family where dimension = 'reaction')
    union all
    select source, case_id, 'every' as reaction, term_count from intermediate.case_stratum
),

whole as (
    select
        term_pair.source, term_pair.reaction,
        sum(term_pair.term_count * case_stratum.suspect_drug_count)::bigint as pair_count
    from term_pair
    inner join intermediate.case_stratum as case_stratum
        on case_stratum.source = term_pair.source and case_stratum.case_id = term_pair.case_id
    group by term_pair.source, term_pair.reaction
),

watched as (
    select
        exposed_case.source, exposed_case.route, exposed_case.drug, term_pair.reaction,
        sum(term_pair.term_count)::bigint as pair_count
    from events.exposed_case as exposed_case
    inner join term_pair on term_pair.source = exposed_case.source and term_pair.case_id = exposed_case.case_id
    where exposed_case.drug in (select drug from codes.ingredient where drug is not null)
    group by all
),

every_row as (
    select source, route, drug, reaction, pair_count from watched
    union all
    select
        route.source, route.route, 'other' as drug, whole.reaction,
        whole.pair_count - coalesce(sum(watched.pair_count), 0)::bigint as pair_count
    from (select distinct source, route from watched) as route
    inner join whole on whole.source = route.source
    left join watched
        on watched.source = route.source and watched.route = route.route
            and watched.reaction = whole.reaction
    group by route.source, route.route, whole.reaction, whole.pair_count
)

select
    source, route, drug, if(reaction = 'every', 'other', reaction) as reaction,
    -- All terms, less those that have a column of their own.
    if(reaction = 'every', 2 * pair_count - sum(pair_count) over (partition by source, route, drug), pair_count)::bigint
        as pair_count
from every_row
