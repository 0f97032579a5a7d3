"""HTML reports of studies, one module a study: each a pure function of the study's object.

====================  ===========================================================
``compare``           :func:`~.compare.compare_page` of a ``Comparison``
``choice``            its assumptions: does the choice flip?
``sweep``             :func:`~.sweep.sweep_page` of a ``Sweep``
``plan``              :func:`~.plan.plan_page` of a ``Plan``
``frontier``          its figure of cost and latency
``sensitivity``       :func:`~.sensitivity.sensitivity_page` of a ``Sensitivity``
``parts``             what they share: scenario, assumptions, how to repeat it
====================  ===========================================================

Replications and assumption bands are on the page of their first run
(:func:`fcsim.report.run_page.pages.report_page`).
"""
