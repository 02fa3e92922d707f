-- Whether each watched drug named within a longer name is meant, by the words beside it (codes.name_context).
-- grain  one row per mention and watched drug, and one per other word beside which none of the lists is known
-- key    name, position, ingredients, drug
-- not    exposure: a name that is accepted may be concomitant or never given
with name_word as (
    select
        name, position, word,
        sum(is_separator(word)::integer) over (
            partition by name order by position rows between unbounded preceding and current row
        ) as part_number
    from (
        select name, generate_subscripts(words, 1) as position, unnest(words) as word
        from (select distinct name, words from typed.faers_drug_mention) as mentioning
    ) as worded
),

context as (
    -- the words of a name that are part of no name found in it, and what the lists say of them
    select
        name_word.*, listed.kind, listed.drug,
        listed.word is null and form.word is null and not is_amount(name_word.word) as is_unlisted
    from name_word
    anti join typed.faers_drug_mention as mention
        on mention.name = name_word.name
            and name_word.position between mention.position and mention.last_position
    left join codes.name_context as listed on listed.word = name_word.word
    left join
        (select distinct word from codes.name_word where kind in ('form', 'hydrate')) as form
        on form.word = name_word.word
    where not is_separator(name_word.word)
),

judged as (
    select
        mention.name, mention.part_number, mention.position, mention.ingredients, mention.drug,
        coalesce(bool_or(
            (context.kind = 'mixture' and context.drug = mention.drug)
            or (mention.drug = 'magnesium' and (is_potency(context.word) or is_radical(context.word)))
            or (
                context.part_number = mention.part_number
                and (
                    context.kind = 'other_thing'
                    or (
                        context.position = mention.position - 1
                        and (context.kind = 'not_before' or is_radical(context.word))
                    )
                    or (context.position = mention.last_position + 1 and context.kind = 'not_after')
                )
            )
        ), false) as is_refused,
        coalesce(bool_or(
            (
                context.kind = 'hand' and context.drug = mention.drug
                -- a comma may stand between the name and its mark
                and context.position - context.part_number in (
                    mention.position - mention.part_number - 1, mention.last_position - mention.part_number + 1
                )
            )
            or (
                mention.drug = 'magnesium' and context.position = mention.position - 1 and context.is_unlisted
                and is_substance(context.word)
            )
            -- The word magnesium alone may be the counter-ion of what nobody listed.
            or (
                mention.ingredients = 'MAGNESIUM'
                and (
                    (context.part_number = mention.part_number and context.is_unlisted)
                    or (is_chemical(context.word) and context.kind is distinct from 'harmless')
                    or mention.precedes_salt
                )
            )
        ), false) as is_doubtful
    from (
        select
            mention.* exclude (drugs), unnest(mention.drugs) as drug,
            exists (
                from name_word
                where name_word.name = mention.name and name_word.part_number = mention.part_number
                    and name_word.position > mention.last_position and is_salt(name_word.word)
                    and name_word.word not in (select word from codes.name_context where kind = 'harmless')
            ) as precedes_salt
        from typed.faers_drug_mention as mention
    ) as mention
    left join context on context.name = mention.name
    group by all
)

select
    name, part_number, position, ingredients, drug,
    if(is_refused, 'refused', if(is_doubtful, 'undecided', 'accepted')) as verdict
from judged
union all
-- a word that the lists do not know, in a part of the name without any that they know
select distinct on (context.name) context.name, context.part_number, context.position, 'not coded', null, 'other'
from context
anti join typed.faers_drug_mention as mention
    on mention.name = context.name and mention.part_number = context.part_number
where context.is_unlisted
order by context.name, context.position
