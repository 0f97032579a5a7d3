"""Building blocks of HTML reports: one file each, no request to anywhere.

==============  =============================================================================
``markup``      elements whose text is always escaped: :func:`~.markup.element`
``page``        the shell around sections: :func:`~.page.page`, :class:`~.page.Section`
``table``       tables that sort and filter: :func:`~.table.table`, :class:`~.table.Column`
``chart``       curves, areas, dots over axes: :func:`~.chart.chart`
``series``      what charts draw: :class:`~.series.Series`, :class:`~.series.Dots`
``bars``        horizontal bars: :func:`~.bars.bars`, :class:`~.bars.Bar`
``spans``       intervals on one axis, a dot in each: :func:`~.spans.spans`, :class:`~.spans.Span`
``heat``        values over two knobs: :func:`~.heat.heat_map`, :class:`~.heat.Heat`
``axis``        ticks of linear, logarithmic and time axes
``page.css``    the look, light and dark, on screens, phones and paper
``page.js``     sorting, filtering and values under the pointer; the page reads well without it
==============  =============================================================================

A report is a list of sections, each with HTML made by these functions:

>>> from fcsim.report.html.page import Section, page
>>> from fcsim.report.html.table import Column, table
>>> rows = [["small", 0.25], ["large", 1.5]]
>>> body = table([Column("image"), Column("p99 (s)", number=True)], rows)
>>> text = page("Sweep", [Section("table", "All settings", body)])

Whoever marks rows and charts (``function=…``) gets the filter of ``page(…, filtered="Functions")``.
"""
