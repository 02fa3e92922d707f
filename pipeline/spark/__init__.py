"""The SELECTs of `sql/` on Apache Spark, for a history that one machine no longer takes.

`engine` makes tables, `translate` says a SELECT in Spark's words, `session` connects. PySpark is an extra
(`nightvigil[spark]`) and is imported only when the setting `engine` is `spark`.
"""
