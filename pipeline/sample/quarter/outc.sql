select
    primaryid,
    caseid,
    choose(i, 60, ['OT', 'OT', 'OT', 'HO', 'HO', 'DE', 'LT', 'DS']) as outc_cod
from report
where u(i, 61) < 0.7 or i = 0
order by i
