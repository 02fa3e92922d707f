select
    primaryid,
    caseid,
    drug_seq as dsg_drug_seq,
    day(key, 70) as start_dt,
    if(u(key, 71) < 0.4, day(key, 72), '') as end_dt,
    '' as dur,
    '' as dur_cod
from drug_record
where u(key, 73) < 0.35 or i = 0
order by i, drug_seq
