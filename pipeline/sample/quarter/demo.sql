select
    primaryid,
    caseid,
    caseversion,
    if(caseversion > 1, 'F', 'I') as i_f_code,
    if(u(i, 9) < 0.5, day(i, 10), '') as event_dt,
    received(i) as mfr_dt,
    if(caseversion > 1, least(received(i), day(i, 11)), received(i)) as init_fda_dt,
    received(i) as fda_dt,
    choose(i, 13, ['EXP', 'EXP', 'EXP', 'PER', 'DIR']) as rept_cod,
    '' as auth_num,
    concat('INVENTED-', i) as mfr_num,
    concat('INVENTED ', pick(i, 14, 300, 2)) as mfr_sndr,
    if(
        u(i, 15) < 0.03,
        concat(
            'INVENTED A, INVENTED B, INVENTED C. ON THE SYNTHETIC EFFECTS OF ', ingredient.name,
            ' IN NOBODY AT ALL: AN INVENTED SERIES. J INVENTED RES. 2017;', i % 90, ':', i % 900
        ),
        ''
    ) as lit_ref,
    if(u(i, 16) < 0.6, (1 + pick(i, 17, 94, 0.7))::varchar, '') as age,
    if(u(i, 16) < 0.6, 'YR', '') as age_cod,
    '' as age_grp,
    choose(i, 18, ['F', 'F', 'F', 'M', 'M', '']) as sex,
    'Y' as e_sub,
    if(u(i, 19) < 0.25, (40 + pick(i, 20, 80, 1))::varchar, '') as wt,
    if(u(i, 19) < 0.25, 'KG', '') as wt_cod,
    received(i) as rept_dt,
    '' as to_mfr,
    choose(i, 21, ['CN', 'CN', 'MD', 'MD', 'PH', 'OT', 'LW', '']) as occp_cod,
    choose(i, 22, ['US', 'US', 'US', 'US', 'GB', 'JP', 'FR', 'DE', 'CA', 'NA']) as reporter_country,
    choose(i, 22, ['US', 'US', 'US', 'US', 'GB', 'JP', 'FR', 'DE', 'CA', 'NA']) as occr_country
from report
inner join ingredient on ingredient.id = pick(i, 23, {ingredient}, 3)
order by i
