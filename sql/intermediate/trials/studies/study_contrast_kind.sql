-- The comparisons of extraction sheets whose kind is known, without those whose two arms were given the same drug.
-- grain  one row per study, stratum, arm and comparator arm
-- key    trial_id, arm_id, comparator_arm_id
-- not    every comparison listed: a RevMan file names groups, and not every label states a kind

select
    listed.trial_id,
    listed.arm_id,
    listed.comparator_arm_id,
    coalesce(listed.comparator, code.role) as comparator
from clean.study_contrast as listed
inner join clean.study_arm as own on listed.trial_id = own.trial_id and listed.arm_id = own.arm_id
inner join clean.study_arm as other on listed.trial_id = other.trial_id and listed.comparator_arm_id = other.arm_id
left join codes.trial_control as code
    on listed.sheet_kind = 'revman' and trim(words_of(listed.comparator_arm_id)) = code.name
where
    coalesce(listed.comparator, code.role) is not null
    and own.drug is not null
    and own.drug is distinct from other.drug
