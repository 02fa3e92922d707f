select
    primaryid,
    caseid,
    drug_seq,
    if(drug_seq = 1, 'PS', choose(key, 30, ['SS', 'C', 'C', 'C', 'C', 'I'])) as role_cod,
    coalesce(watched.name, if(u(key, 31) < 0.5, ingredient.name, ingredient.brand)) as drugname,
    coalesce(watched.prod_ai, ingredient.prod_ai) as prod_ai,
    '1' as val_vbm,
    coalesce(
        if(u(key, 33) < 0.6, watched.route, null),
        choose(key, 34, [
            'Oral', 'Oral', 'Oral', 'Subcutaneous', 'Intravenous (not otherwise specified)', 'Unknown', 'Unknown', '', '', ''
        ])
    ) as route,
    choose(key, 35, [
        '', '', '', '', '', 'UNK', concat(5 * pick(key, 36, 40, 1), ' MG, QD'), concat(pick(key, 36, 900, 1), ' MG, UNK')
    ]) as dose_vbm,
    '' as cum_dose_chr,
    '' as cum_dose_unit,
    choose(key, 37, ['', '', 'U', 'U', 'Y', 'N']) as dechal,
    choose(key, 38, ['', '', 'U']) as rechal,
    if(u(key, 39) < 0.05, concat('LOT', i), '') as lot_num,
    '' as exp_dt,
    if(u(key, 40) < 0.1, (200000 + ingredient.id)::varchar, '') as nda_num,
    if(u(key, 41) < 0.4, (5 * pick(key, 42, 60, 1))::varchar, '') as dose_amt,
    if(u(key, 41) < 0.4, 'MG', '') as dose_unit,
    choose(key, 43, ['', '', '', '', '', 'TABLET', 'CAPSULE', 'INJECTION']) as dose_form,
    choose(key, 44, ['', '', 'QD', 'BID']) as dose_freq
from drug_record
inner join ingredient on ingredient.id = pick(key, 45, {ingredient}, 3)
left join watched
    on watched.id = if(u(key, 46) < 0.02 or (i = 0 and drug_seq = 1), pick(key, 47, {watched}, 1), null)
order by i, drug_seq
