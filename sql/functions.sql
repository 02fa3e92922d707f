-- Words that the typed models share: small scalar functions of one field, without a table behind them.
-- They live for a session (temp), so that nothing of them is published.

create or replace temp macro text_of(field) as nullif(trim(field), '');

-- Numbers that are names (case, report, sequence) compare as text without leading zeros. Nearly all have nothing to strip,
-- which is seen in a sixth of the time that stripping takes.
create or replace temp macro number_text(field) as if(
    field >= '1' and field < ':' and not contains(field, ' ') and try_cast(field as ubigint) is not null,
    field,
    nullif(ltrim(trim(field), '0'), '')
);

-- Digits alone as a number: every engine reads a sign, an exponent or the digits of other alphabets in its own way.
create or replace temp macro whole_number(field) as
    try_cast(if(regexp_full_match(field, '\d{1,38}'), field, null) as hugeint);

-- A day as registers write it, 2026-11-01; whatever else an engine would read as one is none.
create or replace temp macro written_day(field) as
    try_cast(if(regexp_full_match(field, '\d{4}-\d{2}-\d{2}'), field, null) as date);

-- In capitals, with one blank wherever blanks are; empty where nothing else is. A macro that nests others uses this form:
-- nullif repeats its argument, so that each nesting would double the time of planning.
create or replace temp macro spaced_or_empty(field) as trim(regexp_replace(upper(field), '[\s\x{00A0}]+', ' ', 'g'));

create or replace temp macro spaced(field) as nullif(spaced_or_empty(field), '');

-- A mark of handedness beside ketamine, as in (S)- or (+), distinguishes esketamine from ketamine; elsewhere (R) is a trade mark.
create or replace temp macro is_handed(name) as contains(name, 'KETAMIN') and regexp_matches(
    name,
    'KETAMIN[A-Z0-9 ,./-]*\((\d?[RS],?)+[-+±]?\)|\((\d?[RS],?)+[-+±]?\)[- ]*KETAMIN'
        || '|KETAMIN[A-Z0-9 ,./-]*\([-+±]\)|\([-+±]\)[- ]*KETAMIN'
);

-- VIAL(S) is one vial or several: the plural mark of a form is no handedness.
create or replace temp macro without_plural_mark(name) as regexp_replace(
    name,
    '\b(INJECTION|INFUSION|VIAL|AMPOULE|AMPULE|AMP|TABLET|TAB|CAPSULE|CAP|CAPLET|PILL|DROP|PATCH|SPRAY|SYRINGE|LOZENGE'
        || '|TROCHE|SOLUTION|SUSPENSION|SYRUP|CREAM|GEL|OINTMENT|POWDER|SACHET|BAG|BOTTLE|DOSE|UNIT)\s?\(S\)',
    '\1',
    'g'
);

create or replace temp macro without_signs(name) as regexp_replace(
    name, if(is_handed(name), '[®™©]|\(TM\)', '[®™©]|\((TM|R|C)\)'), ' ', 'g'
);

-- A name as reported may be in quotation marks, bear a trade mark's sign and end with a full stop; the agency's old files
-- write ^ for an apostrophe.
create or replace temp macro spaced_name(field) as nullif(
    rtrim(
        ltrim(
            spaced_or_empty(without_signs(without_plural_mark(translate(spaced_or_empty(field), '"“”^', '   ''')))),
            ' ''`‘’'
        ),
        '. ''`‘’'
    ),
    ''
);

-- Whether a field for ingredients names one: a dash, a sign or a word for nothing does not.
create or replace temp macro names_something(name, absences) as
    regexp_matches(name, '[A-Z0-9]') and not list_contains(absences, name);

-- Dates arrive as YYYYMMDD, YYYYMM or YYYY; E2B(R3) also writes them with hyphens, or with a time after the day, which
-- is dropped: the date that a reporter stated is kept, whatever the zone. A partial date keeps its precision.
create or replace temp macro date_digits(field) as
    case
        when length(trim(field)) in (4, 6, 8) then trim(field)
        when regexp_full_match(trim(field), '\d{4}-\d{2}(-\d{2}([T ]\d{2}:.*)?)?')
            then replace(left(trim(field), 10), '-', '')
        when regexp_full_match(trim(field), '\d{8}T?\d{2}(\d{2}(\d{2}(\.\d+)?)?)?([+-]\d{2}:?\d{2}|Z)?')
            then left(trim(field), 8)
        else trim(field)
    end;

-- What follows reads the digits of a date, which a query makes once in a step of its own: each macro repeats them, and
-- planning would take longer than reading. A word is no date: DuckDB reads "infinity" as one.
create or replace temp macro day_of(digits) as
    case when length(digits) = 8 and digits >= '0' and digits < ':' then try_strptime(digits, '%Y%m%d')::date end;

create or replace temp macro earliest_day(digits) as
    case if(digits >= '0' and digits < ':', length(digits), 0)
        when 8 then try_strptime(digits, '%Y%m%d')
        when 6 then try_strptime(digits, '%Y%m')
        when 4 then try_strptime(digits, '%Y')
    end::date;

-- Before 2013 partial dates were completed to the first of the month, so such a day says no more than its month.
create or replace temp macro date_precision(digits) as
    case
        when earliest_day(digits) is null then null
        when length(digits) = 8 and not (digits < '2013' and right(digits, 2) = '01') then 'day'
        when length(digits) >= 6 then 'month'
        else 'year'
    end;

create or replace temp macro latest_day(digits) as
    case date_precision(digits)
        when 'day' then earliest_day(digits)
        when 'month' then last_day(earliest_day(digits))
        when 'year' then make_date(year(earliest_day(digits)), 12, 31)
    end;

-- The agency's first reports are of 1968. A receipt before that, or a year after its own quarter ended, was misread:
-- no date at all.
create or replace temp macro plausible_receipt(day, period) as
    case
        when day >= date '1968-01-01'
            and day < make_date(left(period, 4)::integer + 1, 3 * right(period, 1)::integer, 1) + interval 1 month
            then day
    end;

-- A receipt without its day still has a quarter where year and month are stated.
create or replace temp macro receipt_quarter(digits, period) as
    case
        when length(digits) in (6, 8) then
            year(plausible_receipt(try_strptime(left(digits, 6), '%Y%m')::date, period))
            || 'Q' || quarter(plausible_receipt(try_strptime(left(digits, 6), '%Y%m')::date, period))
    end;

create or replace temp macro outside_brackets(name) as trim(regexp_replace(name, '\s*\([^()]*\)', ' ', 'g'));

-- The words of a name that are neither strength (15MG/5ML) nor dose form. The brackets of a mark of handedness stay:
-- (S)-KETAMINE VIAL is (S)-KETAMINE in a vial.
create or replace temp macro without_forms(name, forms) as trim(array_to_string(
    list_filter(
        string_split(trim(regexp_replace(name, if(is_handed(name), '\s+', '[,()\s]+'), ' ', 'g')), ' '),
        lambda word: not list_contains(forms, trim(word, ',()'))
            and not regexp_matches(trim(word, ',()'), '^[0-9][0-9.,]*[A-Z%]*(/[0-9.]*[A-Z]*)?$')
    ),
    ' '
), ', ');

-- The name without the salts it ends with; a name that is all salts (SODIUM CHLORIDE) stays whole.
create or replace temp macro without_salts(name, salts) as array_to_string(
    string_split(name, ' ')[
        1:coalesce(
            nullif(list_max(list_transform(
                string_split(name, ' '),
                lambda word, position: if(list_contains(salts, word), 0, position)
            )), 0),
            array_length(string_split(name, ' '))
        )
    ],
    ' '
);

-- A strength as one amount: the sign in 50 MG/ML or 10 MG/5 ML separates no ingredients.
create or replace temp macro without_ratios(name) as if(
    contains(name, '/'),
    regexp_replace(
        name, '(MG|MCG|UG|G|GM|IU|MEQ|MMOL|%)\s*/\s*[0-9.]*\s*(ML|L|KG|G|HR|H|DAY|DOSE|TAB|CAP)\b', '\1 ', 'g'
    ),
    name
);

-- Every way to look a reported name up, strictest first; each way is a list of parts that are looked up whole:
-- unchanged, what each pair of brackets holds, what is outside them, and that split at its separators.
-- A mark of handedness is never removed.
create or replace temp macro name_forms(name) as
    case
        when is_handed(name) then [[name]]
        else list_concat(
            [[name]],
            list_transform(regexp_extract_all(name, '\(([^()]+)\)', 1), lambda inner_text: [trim(inner_text)]),
            [[outside_brackets(name)]],
            [string_split_regex(outside_brackets(without_ratios(name)), '\s+W/\s*|\s*[/\\+;,&]\s*|\s+(?:AND|WITH)\s+')]
        )
    end;

-- A mark of handedness in brackets as a word, so that it is part of the name: (S)-(+)-KETAMINE is S PLUS KETAMINE.
create or replace temp macro with_worded_marks(name) as regexp_replace(
    replace(
        replace(
            regexp_replace(name, '\((?:\+/-|\+-|±)\)', ' RACEMIC ', 'g'), '(+)', ' PLUS '
        ),
        '(-)',
        ' MINUS '
    ),
    '\(\d?([RS]),?(?:\d?([RS]))?[-+±]?\)',
    ' \1\2 ',
    'g'
);

-- The words of a name in capitals, without apostrophes and accents; a strength written onto a word is a word of its own.
-- Marks stand between its parts: AND (also for &, + and W/), and | for every other separator and bracket.
create or replace temp macro name_words(name) as list_filter(
    string_split_regex(
        trim(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            without_ratios(
                                upper(strip_accents(if(is_handed(upper(name)), with_worded_marks(upper(name)), name)))
                            ),
                            '[''’‘`´^]',
                            '',
                            'g'
                        ),
                        '([A-Z]{4})([0-9])',
                        '\1 \2',
                        'g'
                    ),
                    '\s+W/|\s+WITH\s+|[&+]',
                    ' AND ',
                    'g'
                ),
                '[/\\;,()\[\]]+',
                ' | ',
                'g'
            ),
            '| '
        ),
        '[^A-Z0-9|]+'
    ),
    lambda word: word <> ''
);

create or replace temp macro is_separator(word) as word in ('AND', '|');

-- Strength, count and pack size: a number with or without its unit.
create or replace temp macro is_amount(word) as regexp_matches(word, '^[0-9]+[A-Z]{0,3}$');

-- A homeopathic potency: 6X, 30C, 200CH.
create or replace temp macro is_potency(word) as regexp_matches(word, '^[0-9]+(X|C|CH|DH|CK|LM)$');

-- Words of chemical names: a group of atoms (METHOXYPHENYL), a salt (CARBONATE), and both or an acid.
create or replace temp macro is_radical(word) as
    regexp_matches(word, '^..+(OXY|YL|YLENE|NITRO|NITROSO|FLUORO|BROMO|CHLORO)$') and word <> 'POLYETHYLENE';

create or replace temp macro is_salt(word) as regexp_matches(word, '(ATE|ATO|IDE|ITE)$');

-- A word that ends as names of substances do: directly before a magnesium salt it may be what the salt belongs to.
create or replace temp macro is_substance(word) as regexp_matches(
    word, '..(ONE|INE|AZOLE|STATIN|PRIL|SARTAN|CILLIN|MYCIN|OLOL|PROFEN|OXACIN)$'
);

create or replace temp macro is_chemical(word) as
    is_radical(word) or is_salt(word) or regexp_matches(word, '^(BIS|TRIS|ACID|SALT|ESTER|ETHER|ION)$|[A-Z]IC$');

-- What is no role of the agency's list suspects nothing: it is kept apart, not guessed.
create or replace temp macro role_of(field) as
    case
        when text_of(field) is null or upper(text_of(field)) in ('PS', 'SS', 'I', 'C', 'DN') then upper(text_of(field))
        else 'not coded'
    end;

-- Verbatim detail is kept for drugs of the watch list only: it is wide, and nobody counts it for the rest.
create or replace temp macro detail_of(drug, field) as case when drug is not null then text_of(field) end;

-- The words of a text between blanks, so that " ketamine " is found whole and never inside "esketamine".
create or replace temp macro words_of(field) as
    ' ' || trim(regexp_replace(lower(strip_accents(field)), '[^a-z0-9]+', ' ', 'g')) || ' ';

-- Whether a name found in a text is part of a longer name found there: the longest name wins, so that "s ketamine" is
-- not ketamine, and "esomeprazole magnesium" no magnesium.
create or replace temp macro is_part_of_longer(name, names) as coalesce(
    array_length(list_filter(
        names, lambda longer: longer <> name and contains(' ' || longer || ' ', ' ' || name || ' ')
    )) > 0,
    false
);

-- What is said of a treatment: i.v. is one word, and the s of a possessive or of a group's letter makes no S-ketamine.
create or replace temp macro treatment_text(said) as regexp_replace(
    regexp_replace(
        regexp_replace(lower(said), '\b([ips])[./] ?([cmov])\b\.?', '\1\2 ', 'g'), '([a-z])[''’`´]s\b', '\1', 'g'
    ),
    '\b(group|arm|cohort)[ -]*[rs] ?(:|,|;|=|\([a-z0-9])', '\1 \2', 'g'
);

-- Cut at the words that join treatments. A sign cuts off a placebo only: "dextromethorphan/quinidine oral" shares its route.
create or replace temp macro treatment_segments(said_text) as string_split_regex(
    regexp_replace(said_text, '(, ?|\+ ?|/ ?)(placebo)|(placebo)( ?,| ?\+| ?/)', ' + \2\3 + ', 'g'),
    '\s*(;|\n|\. |\s\+\s|\s&\s|\band\b|\bplus\b|\bthen\b|\bfollowed by\b|\bvs\b\.?|\bversus\b|\bor\b|\bwith\b)\s*'
);

create or replace temp macro names_placebo(segment_text) as
    regexp_matches(segment_text, 'placebo|\bsham\b|\bdummy (tablet|capsule|spray|infusion|pill|drug)');

-- A dose as written, its numbers spelled alike: "per" is a stroke; ".5" and "0,5" are halves; "1,000" is a thousand.
create or replace temp macro spelled_dose(field) as regexp_replace(
    regexp_replace(
        regexp_replace(
            regexp_replace(lower(field), '\s*\bper\b\s*', '/', 'g'), '(^|[^\d.])\.(\d)', '\10.\2', 'g'
        ),
        '\b0,(\d)', '0.\1', 'g'
    ),
    '(\d),(\d{3})\b', '\1\2', 'g'
);

-- Whole factors, so that 5 micrograms a minute are exactly 0.3 mg an hour: the caller multiplies before this divides.
create or replace temp macro in_milligrams(amount, unit) as
    amount * if(unit = 'g', 1000, 1) / if(unit in ('mcg', 'µg', 'μg', 'ug'), 1000, 1);

-- A dose text of a report with its units spelled alike: mg, ug, g, kg, m2, h, min, day. A sign lost before g was a micro
-- sign ("10 ?g"). What is said of a strength is left out: it is no dose.
create or replace temp macro reported_dose(field) as trim(
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace(
                                regexp_replace(
                                    regexp_replace(
                                        regexp_replace(
                                            regexp_replace(
                                                regexp_replace(
                                                    spelled_dose(spaced(field)),
                                                    'milligram(mes|me|s)?|\bmgs\b', 'mg', 'g'
                                                ),
                                                '(\d) ?mgs\b', '\1 mg', 'g'
                                            ),
                                            'microgram(mes|me|s)?|mcgs?\b|[aâ]?[?\x{FFFD}µμ]g\b', 'ug', 'g'
                                        ),
                                        '\b(kilogram(mes|me|s)?|kgs)\b', 'kg', 'g'
                                    ),
                                    '\bgram(mes|me|s)?\b', 'g', 'g'
                                ),
                                '(\d) ?(gms?|grs?|gs)\b', '\1 g', 'g'
                            ),
                            'm\*\*2|m\^2|m²|\bsq\.? ?m\b', 'm2', 'g'
                        ),
                        '\b(hours?|hrs?)\b', 'h', 'g'
                    ),
                    '\b(minutes?|mins)\b', 'min', 'g'
                ),
                '/ ?(24 ?h|1 ?day|1 ?d|d)\b|\b(mg|ug|g) day$', '\2/day', 'g'
            ),
            '\bstrength\b[^;?]*', ' ', 'g'
        ),
        '\s+', ' ', 'g'
    )
);

-- What identifies a dose as reported, whatever its letter case and blanks: text, amount, unit and frequency.
create or replace temp macro dose_key(said_text, amount, unit, frequency) as md5(
    concat_ws(
        chr(31), coalesce(spaced(said_text), ''), coalesce(spaced(amount), ''), coalesce(spaced(unit), ''),
        coalesce(spaced(frequency), '')
    )
);
