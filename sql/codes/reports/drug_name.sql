-- The whole ingredients of a product or reported name: the names of the watch list that reports know, in capitals.
-- grain  one row per name
-- key    name
-- not    the ingredients' own names, which codes.ingredient holds
select upper(name) as name, ingredients, why
from codes.watched_name
where not list_contains(string_split(coalesce(not_in, ''), ' '), 'reports')
order by name
