-- The population of each trial, read from its registered conditions, else from its title.
-- grain  one row per trial
-- key    trial_id
-- not    an indication: pain after surgery and everything else that is none of the three is other

with registered as (
    select
        trial_id,
        field.basis,
        words_of(field.said_text) as words
    from clean.trial
    cross join lateral (
        values ('stated', conditions_text), ('inferred', concat_ws(' ', brief_title, official_title))
    ) as field (basis, said_text)
),

named as (
    select
        registered.trial_id,
        registered.basis,
        code.name,
        code.population,
        code.rank::integer as population_rank,
        list(code.name) filter (where code.population is null)
            over (partition by registered.trial_id, registered.basis) as names_of_no_population
    from registered
    inner join codes.trial_population as code on contains(registered.words, ' ' || code.name || ' ')
),

-- "respiratory depression" holds the word depression and is not a depression
meant as (
    select trial_id, basis, name, population, population_rank
    from named
    where population is not null and not is_part_of_longer(name, names_of_no_population)
),

chosen as (
    select trial_id, basis, name, population
    from meant
    qualify row_number() over (partition by trial_id order by basis desc, population_rank, name) = 1
)

select
    trial.trial_id,
    coalesce(chosen.population, case when trial.conditions_text is null then 'unknown' else 'other' end) as population,
    case
        when chosen.population is not null then chosen.basis
        when trial.conditions_text is null then 'unknown'
        else 'stated'
    end as population_basis,
    chosen.name as population_word
from clean.trial as trial
left join chosen using (trial_id)
