select
    primaryid,
    caseid,
    choose(i, 62, ['HP', 'CSM', 'FGN']) as rpsr_cod
from report
where u(i, 63) < 0.04 or i = 0
order by i
