-- Whom each trial treated, read from its registered conditions, else from its title.
-- grain  one row per trial
-- key    trial_id
-- not    an indication: pain after surgery and everything else that is none of the three is other

with told as (
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
    select told.trial_id, told.basis, code.name, code.population, code.rank::integer as population_rank
    from told
    inner join codes.trial_population as code on contains(told.words, ' ' || code.name || ' ')
),

-- "respiratory depression" holds the word depression and is none
meant as (
    select named.*
    from named
    where
        named.population is not null
        and not exists (
            from named as longer
            where
                longer.trial_id = named.trial_id
                and longer.basis = named.basis
                and longer.population is null
                and contains(' ' || longer.name || ' ', ' ' || named.name || ' ')
        )
),

chosen as (
    select *
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
