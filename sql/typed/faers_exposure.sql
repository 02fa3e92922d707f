-- Each drug line of a delivery, with its whole ingredients and the route it states.
-- grain  one row per drug line and ingredient
-- key    period, line_number, report_id, case_id, drug_sequence, ingredient
-- not    the current version of a case; dose and verbatim name are kept for the watch list only
with line as not materialized (
    select *, spaced_name(drugname) as name, spaced_name(prod_ai) as active,
        spaced(route) as route_text, spaced(dose_form) as form, spaced(dose_vbm) as dose_text
    from raw.faers_drug
),
product as (
    select name, active, ingredient, ingredient_basis, magnesium_kind, count(*) over whole = 1 as is_single_ingredient,
        bool_or(companion_effect = 'gastrointestinal') over whole as is_antacid_or_laxative,
        if(drug = 'magnesium' and bool_or(companion_effect = 'mixture') over whole, null, drug) as drug
    from typed.faers_drug_name
    window whole as (partition by name, active)
),
told as (
    select distinct line.dose_text
    from line
    inner join product on product.name is not distinct from line.name
        and product.active is not distinct from line.active
    where product.drug is not null and line.dose_text is not null
),
inferred as (
    select told.dose_text, arg_min(pattern.route, pattern.rank::integer) as route
    from told
    inner join codes.route_pattern as pattern on regexp_matches(told.dose_text, pattern.pattern)
    group by told.dose_text
),
routed as (
    select line.* exclude (route), product.* exclude (name, active), route.detail as route_detail,
        case when line.route_text is not null then coalesce(route.route, 'not coded') end as route,
        inferred.route as route_in_text, dose_form.route as route_of_form,
        coalesce(route.route, if(line.route_text is null, 'unknown', 'not coded')) = 'unknown' as is_unstated
    from line
    left join product on product.name is not distinct from line.name
        and product.active is not distinct from line.active
    left join codes.route as route on route.route_text = line.route_text
    left join inferred on inferred.dose_text = line.dose_text and product.drug is not null
    left join codes.dose_form as dose_form on dose_form.dose_form = line.form and product.drug is not null
)
select
    period, era, line_number, number_text(primaryid) as report_id, number_text(caseid) as case_id,
    number_text(drug_seq) as drug_sequence, upper(text_of(role_cod)) as role_code,
    ingredient, ingredient_basis, is_single_ingredient, drug,
    case
        when drug is distinct from 'magnesium' then null
        when magnesium_kind = 'gastrointestinal' or is_antacid_or_laxative then 'magnesium_gastrointestinal'
        when route in ('intravenous', 'intramuscular', 'epidural', 'intrathecal', 'parenteral_unspecified')
            then 'magnesium_parenteral'
        when magnesium_kind = 'oral' or route = 'oral' then 'magnesium_oral'
        when is_unstated and route_of_form in ('intravenous', 'parenteral_unspecified') then 'magnesium_parenteral'
    end as drug_subclass,
    route, route_detail,
    case
        when not is_unstated then 'stated'
        when route_in_text is not null then 'inferred_text'
        when route_of_form is not null then 'inferred_form'
        else 'none'
    end as route_basis,
    case when is_unstated then coalesce(route_in_text, route_of_form) end as inferred_route,
    detail_of(drug, drugname) as name_text, detail_of(drug, dose_vbm) as dose_text,
    detail_of(drug, dose_amt) as dose_amount_text, detail_of(drug, dose_unit) as dose_unit_text,
    detail_of(drug, dose_form) as dose_form_text, detail_of(drug, dose_freq) as dose_frequency_text,
    detail_of(drug, cum_dose_chr) as cumulative_dose_text, detail_of(drug, cum_dose_unit) as cumulative_dose_unit_text,
    detail_of(drug, upper(dechal)) as dechallenge_code, detail_of(drug, upper(rechal)) as rechallenge_code,
    detail_of(drug, lot_num) as lot_text, detail_of(drug, nda_num) as nda_number
from routed
