-- Event groups of a crossover that hold the people of one order of treatments: each of them took every treatment.
-- grain  one row per event group that is a sequence of different treatments
-- key    trial_id, arm_id
-- not    one drug after itself: "ketamine IV then oral" is a group given ketamine

with said as (
    select
        stated_text.trial_id, stated_text.arm_id, stated_text.text_source, stated_text.text_number,
        -- "first period" is a time, not an order of treatments
        regexp_replace(said_text, '\b(first|1st) (phase|period|intervention|session|visit|week|day|dose)\b', ' ', 'g')
            as said_text
    from intermediate.trial_group_text as stated_text
    inner join clean.trial as trial using (trial_id)
    where trial.is_crossover and stated_text.text_source in ('title', 'label', 'group_description', 'arm_description')
),

-- two titles of the same words in another order are the two orders of a crossover; a double dummy is written with "plus"
mirrored as (
    select distinct one.trial_id, one.arm_id, 'title' as text_source, true as is_mirrored
    from said as one
    inner join said as other using (trial_id, text_source)
    where text_source = 'title' and words_of(other.said_text) <> words_of(one.said_text)
        and list_sort(string_split(words_of(other.said_text), ' '))
        = list_sort(string_split(words_of(one.said_text), ' '))
        and not regexp_matches(one.said_text, '\+|&|\b(plus|and|with)\b')
),

worded as (
    select
        said.trial_id, said.arm_id, said.text_source, said.text_number,
        coalesce(bool_or(code.label = 'one then another'), false) as has_joiner,
        coalesce(bool_or(code.label = 'order'), false) as has_order
    from said
    left join codes.trial_group as code on code.kind = 'sequence' and regexp_matches(said.said_text, code.pattern)
    group by all
),

named as (
    select trial_id, arm_id, text_source, text_number, count(*) as treatment_count
    from intermediate.trial_group_treatment
    group by all
),

-- the title comes first; the label of the arm and the descriptions are read where it names no treatment
read as (
    select
        worded.*,
        coalesce(named.treatment_count, 0) as treatment_count,
        bool_or(has_order and text_source in ('title', 'label')) over (partition by trial_id, arm_id) as is_titled_order
    from worded
    left join named using (trial_id, arm_id, text_source, text_number)
    qualify row_number() over (
            partition by trial_id, arm_id
            order by
                coalesce(named.treatment_count, 0) = 0,
                list_position(['title', 'label', 'group_description', 'arm_description'], text_source), text_number
        ) = 1
),

-- what its arm is registered to receive, and whether every arm of the trial is: then the arms are orders of it
given as (
    select trial_id, arm_id, list_sort(list(distinct treatment)) as treatments, true as is_given
    from intermediate.trial_group_treatment
    where text_source = 'intervention'
    group by trial_id, arm_id
    window trial as (partition by trial_id)
    qualify array_length(treatments) > 1
        and count(*) over trial > 1
        and min(treatments) over trial = max(treatments) over trial
),

trial_wide as (
    select trial_id, count(distinct treatment) as treatment_count
    from intermediate.trial_group_treatment
    where text_source in ('title', 'label', 'intervention')
    group by trial_id
)

select
    read.trial_id, read.arm_id,
    case
        when read.treatment_count > 1 then 'its words'
        when read.is_titled_order then 'its title names an order'
        else 'every arm receives the same treatments'
    end as sequence_basis
from read
left join mirrored using (trial_id, arm_id, text_source)
left join given using (trial_id, arm_id)
left join trial_wide using (trial_id)
where read.treatment_count > 1 and (read.has_joiner or read.has_order or mirrored.is_mirrored)
    or read.treatment_count = 1 and read.has_order and read.text_source in ('title', 'label')
    and trial_wide.treatment_count > 1
    or read.treatment_count = 0 and read.is_titled_order and trial_wide.treatment_count > 1
    or read.treatment_count = 0 and given.is_given
