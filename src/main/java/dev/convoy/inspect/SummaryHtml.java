package dev.convoy.inspect;

import java.util.Locale;

/** A model's summary as one HTML page that needs nothing else. */
public final class SummaryHtml {

  private static final String PAGE =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <title>%1$s</title>
      <style>
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; \
      padding: 0 1rem; color: #1c2733; background: #fff; }
      table { border-collapse: collapse; width: 100%%; }
      th, td { padding: .25rem .75rem; text-align: left; border-bottom: 1px solid #d9e0e6; }
      th { position: sticky; top: 0; background: #fff; }
      .n { text-align: right; font-variant-numeric: tabular-nums; }
      .bar { background: linear-gradient(#c7dcef, #c7dcef) no-repeat right / var(--share) 100%%; }
      tfoot td { font-weight: 600; }
      </style>
      </head>
      <body>
      <h1>%1$s</h1>
      <p>Input %2$s, batch 1. Bars show the share of the multiply-adds.</p>
      <table>
      <thead><tr><th>Layer</th><th>Kind</th><th>Output</th><th class="n">Parameters</th>\
      <th class="n">Multiply-adds</th></tr></thead>
      <tbody>
      %3$s</tbody>
      <tfoot><tr><td>Total</td><td></td><td></td><td class="n">%4$,d</td>\
      <td class="n">%5$,d</td></tr></tfoot>
      </table>
      </body>
      </html>
      """;

  private static final String ROW =
      """
      <tr><td>%s</td><td>%s</td><td>%s</td><td class="n">%,d</td>\
      <td class="n bar" style="--share:%.1f%%">%,d</td></tr>
      """;

  private SummaryHtml() {}

  /**
   * @param title the model's name
   */
  public static String page(String title, ModelSummary summary) {
    StringBuilder rows = new StringBuilder();
    double total = Math.max(1, summary.macs());
    for (ModelSummary.Row row : summary.layers()) {
      rows.append(
          String.format(
              Locale.ROOT,
              ROW,
              escape(row.name().isEmpty() ? title : row.name()),
              escape(row.kind()),
              row.output(),
              row.parameters(),
              100 * row.macs() / total,
              row.macs()));
    }
    return String.format(
        Locale.ROOT,
        PAGE,
        escape(title),
        summary.input(),
        rows,
        summary.parameters(),
        summary.macs());
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
