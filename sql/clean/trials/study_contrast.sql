-- The comparisons that extraction sheets list: an arm, one arm it is compared with, and of which kind that is.
-- grain  one row per study, stratum, arm and comparator arm
-- key    trial_id, arm_id, comparator_arm_id
-- not    separate people: an arm may be in several comparisons

with listed as (
    select
        study.trial_id,
        recorded.arm_title,
        recorded.sheet_kind,
        recorded.record_number,
        unnest(recorded.comparator_arms) as comparator_arm_id,
        unnest(recorded.comparators) as comparator,
        unnest(recorded.review_groups) as review_group
    from clean.study as study
    inner join typed.studies_row as recorded using (delivery_id, study_id, stratum)
    where recorded.comparator_arms is not null
)

select
    trial_id,
    arm_title as arm_id,
    comparator_arm_id,
    min(comparator) as comparator,
    min(review_group) as review_group,
    min(sheet_kind) as sheet_kind
from listed
group by trial_id, arm_title, comparator_arm_id
