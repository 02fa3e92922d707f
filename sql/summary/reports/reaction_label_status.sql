-- Whether a label of a drug names a reaction, with the label, its date, the section that names it and where that was read.
-- grain  one row per drug and reaction of the list
-- key    drug, reaction
-- not    every reaction of a label: what the list lacks is unknown, and a row that is not verified comes from memory
select
    drug, reaction, status as reaction_label_status, label, section,
    label_date, verified = 'yes' as is_verified, source as source_text, why as note_text
from codes.reaction_label
