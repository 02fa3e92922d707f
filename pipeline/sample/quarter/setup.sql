-- What the tables of a synthetic quarter draw from: repeatable numbers, the reports, and their drug records.
-- bench_quarter.py fills in the names in braces.
create macro u(seed, salt) as (hash(seed, salt, {quarter}) % 1000003) / 1000003.0;
create macro pick(seed, salt, size, skew) as floor(size * power(u(seed, salt), skew))::integer;
create macro choose(seed, salt, choices) as choices[1 + floor(len(choices) * u(seed, salt))::integer];
create macro day(seed, salt) as
    strftime(date '{last_day}' - floor(900 * power(u(seed, salt), 6))::integer, '%Y%m%d');
create macro received(seed) as strftime(date '{last_day}' - floor(85 * u(seed, 4))::integer, '%Y%m%d');
create macro amount(seed, salt, mean, most) as least(most, floor(-ln(1 - u(seed, salt)) * mean))::integer;

create table report as
with drawn as (
    select
        range as i,
        range % 20 < 3 and {has_follow_ups} as is_follow_up
    from range({cases})
),
numbered as (
    select
        i,
        case
            when is_follow_up  -- a new case of one of the four periods before; no two choose the same
                then 900000000 + ({quarter} - 1 - hash(i, 1) % 4) * 1000000 + i - i % 20 + 3 + i % 20 * 5 + hash(i, 2) % 5
            else 900000000 + {quarter} * 1000000 + i
        end as caseid,
        case when is_follow_up then {quarter} + 2 else 1 end as caseversion
    from drawn
)
select
    i,
    caseid,
    caseversion,
    concat(caseid, caseversion) as primaryid
from numbered;

create table drug_record as
with counted as (
    select
        i,
        primaryid,
        caseid,
        unnest(range(1, 2 + amount(i, 3, 3.2, 24))) as drug_seq
    from report
)
select
    i,
    primaryid,
    caseid,
    drug_seq,
    i * 32 + drug_seq as key
from counted;
