-- Each drug line of a delivery, with its whole ingredients and the routes it states.
-- grain  one row per drug line, ingredient and route that the line states
-- key    period, line_number, report_id, case_id, drug_sequence, ingredient, route_number
-- not    the current version of a case; dose and verbatim name are kept for the watch list only
with product as (
    select
        drugname, prod_ai, ingredient, ingredient_basis, magnesium_kind,
        row_number() over (partition by drugname, prod_ai order by ingredient) as ingredient_number,
        count(*) over whole = 1 as is_single_ingredient,
        bool_or(companion_effect = 'gastrointestinal') over whole as is_antacid_or_laxative,
        if(drug = 'magnesium' and bool_or(companion_effect = 'mixture') over whole, null, drug) as drug
    from typed.faers_drug_name
    window whole as (partition by drugname, prod_ai)
),

dose_text as (
    select distinct line.dose_vbm
    from raw.faers_drug as line
    inner join product
        on product.drugname is not distinct from line.drugname
            and product.prod_ai is not distinct from line.prod_ai
    where product.drug is not null and text_of(line.dose_vbm) is not null
),

route_in_text as (
    select dose_text.dose_vbm, arg_min(pattern.route, pattern.rank::integer) as route
    from dose_text
    inner join codes.route_pattern as pattern on regexp_matches(spaced(dose_text.dose_vbm), pattern.pattern)
    group by dose_text.dose_vbm
),

form_named as (
    select named.dose_form as form_text, dose_form.route
    from (select distinct dose_form from raw.faers_drug) as named
    inner join codes.dose_form as dose_form on dose_form.dose_form = spaced(named.dose_form)
),

routed as (
    select
        line.* exclude (route),
        product.* exclude (drugname, prod_ai),
        near.resembles,
        near.resemblance,
        route_named.detail as route_detail,
        route_named.route,
        coalesce(route_named.route_number, 1) as route_number,
        if(product.drug is null, null, route_in_text.route) as route_in_text,
        if(product.drug is null, null, form_named.route) as route_of_form,
        coalesce(route_named.route, 'unknown') = 'unknown' as is_unstated
    from raw.faers_drug as line
    left join product
        on product.drugname is not distinct from line.drugname
            and product.prod_ai is not distinct from line.prod_ai
    left join typed.faers_drug_resemblance as near
        on near.drugname is not distinct from line.drugname and near.prod_ai is not distinct from line.prod_ai
    left join typed.faers_drug_route as route_named on route_named.route_text = line.route
    left join route_in_text on route_in_text.dose_vbm = line.dose_vbm
    left join form_named on form_named.form_text = line.dose_form
)

select
    period, era, line_number, number_text(primaryid) as report_id, number_text(caseid) as case_id,
    number_text(drug_seq) as drug_sequence, role_of(role_cod) as role_code,
    coalesce(ingredient_number, 1) as ingredient_number, ingredient, ingredient_basis, is_single_ingredient, drug,
    case
        when (drug is distinct from 'magnesium') then null
        when magnesium_kind = 'gastrointestinal' or is_antacid_or_laxative then 'magnesium_gastrointestinal'
        when route in ('intravenous', 'intramuscular', 'epidural', 'intrathecal', 'parenteral_unspecified')
            then 'magnesium_parenteral'
        when magnesium_kind = 'oral' or route = 'oral' then 'magnesium_oral'
        when is_unstated and route_of_form in ('intravenous', 'parenteral_unspecified') then 'magnesium_parenteral'
    end as drug_subclass,
    route_number, route, route_detail,
    case
        when not is_unstated then 'stated'
        when route_in_text is not null then 'inferred_text'
        when route_of_form is not null then 'inferred_form'
        else 'none'
    end as route_basis,
    case when is_unstated then coalesce(route_in_text, route_of_form) end as inferred_route,
    resembles, resemblance,
    detail_of(coalesce(drug, resembles), drugname) as name_text, detail_of(drug, dose_vbm) as dose_text,
    detail_of(drug, dose_amt) as dose_amount_text, detail_of(drug, dose_unit) as dose_unit_text,
    detail_of(drug, dose_form) as dose_form_text, detail_of(drug, dose_freq) as dose_frequency_text,
    detail_of(drug, cum_dose_chr) as cumulative_dose_text, detail_of(drug, cum_dose_unit) as cumulative_dose_unit_text,
    detail_of(drug, upper(dechal)) as dechallenge_code, detail_of(drug, upper(rechal)) as rechallenge_code,
    detail_of(drug, lot_num) as lot_text, detail_of(drug, nda_num) as nda_number
from routed
