select
    primaryid,
    caseid,
    drug_seq as indi_drug_seq,
    if(u(key, 80) < 0.3, 'Product used for unknown indication', indication.name) as indi_pt
from drug_record
inner join indication on indication.id = pick(key, 81, {indication}, 2.5)
where u(key, 82) < 0.62 or i = 0
order by i, drug_seq
