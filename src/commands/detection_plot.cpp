#include <algorithm>

#include "commands/detection.h"
#include "commands/time_axis.h"

namespace quoin {
namespace {

constexpr std::size_t changes_drawn_max = 20;
constexpr double panel_width = 900, panel_height = 190;
constexpr std::size_t points_max = 2000;

constexpr const char*
    style = "text{font:11px sans-serif;fill:#566273}.plot-title{font-weight:600;fill:#18202c}.grid{stroke:#dde3ea}.axis{stroke:#566273}"
            ".curve{fill:none;stroke:#1d5fa6;stroke-width:1}.dot-outside{fill:#ab2014}.ideal{stroke:#8a4b06;stroke-dasharray:4 4}";

/// Lowest and highest of each stretch, so that no spike is lost.
std::vector<std::pair<double, double>> thinned(const Detection& found, const std::vector<double>& values) {
    std::vector<std::pair<double, double>> points;
    std::size_t stride = values.size() / (points_max / 2) + 1;
    for (std::size_t first = 0; first < values.size(); first += stride) {
        auto last = values.begin() + static_cast<std::ptrdiff_t>(std::min(first + stride, values.size()));
        auto [low, high] = std::minmax_element(values.begin() + static_cast<std::ptrdiff_t>(first), last);
        for (auto at : {std::min(low, high), std::max(low, high)})
            points.emplace_back(found.times[static_cast<std::size_t>(at - values.begin())].days(), *at);
    }
    return points;
}

std::string number_text(double value) { return fmt::format("{:.6g}", value); }

PlotArea panel(const Detection& found, std::string title, double lower, double upper) {
    PlotArea area{.width = panel_width, .height = panel_height};
    area.x = time_axis(found.times.front(), found.times.back(), found.form);
    area.y = {std::move(title), lower, upper, number_text, 5};
    return area;
}

}  // namespace

std::string detection_plot(const Detection& found, const std::vector<std::string>& columns) {
    std::string body;
    double top = 0;
    auto place = [&](std::string svg) {
        std::string size = fmt::format(" width='{:.0f}' height='{:.0f}'", panel_width, panel_height);
        svg.insert(std::string_view("<svg").size(), size);
        body += fmt::format("<g transform='translate(0 {:.0f})'>{}</g>", top, svg);
        top += panel_height;
    };
    for (std::size_t j = 0; j < found.values.size(); ++j) {
        const auto& values = found.values[j];
        auto [low, high] = std::minmax_element(values.begin(), values.end());
        auto [lower, upper] = nice_range(*low, *high, 5);
        PlotArea area = panel(found, columns[j], lower, upper);
        std::string svg = area.open(columns[j]) + polyline(area, thinned(found, values), "curve");
        for (const auto& change : largest_changes(found, changes_drawn_max))
            if (change.column == j)
                svg += fmt::format(R"(<line class="ideal" x1="{0:.1f}" y1="{1:.1f}" x2="{0:.1f}" y2="{2:.1f}"/>)",
                                   area.x_at(found.times[change.entry].days()), area.top, area.height - area.bottom);
        for (std::size_t alarm : found.alarms)
            svg += fmt::format(R"(<circle class="dot-outside" cx="{:.1f}" cy="{:.1f}" r="3"/>)", area.x_at(found.times[alarm].days()),
                               area.y_at(values[alarm]));
        place(svg + "</svg>");
    }
    PlotArea area = panel(found, "score", 0, 1);
    place(area.open("score") + polyline(area, thinned(found, found.scores), "curve") + "</svg>");
    return fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="-14 -14 {0:.0f} {1:.0f}"><style>{2}</style>)"
                       R"(<rect x="-14" y="-14" width="{0:.0f}" height="{1:.0f}" fill="#fff"/>{3}</svg>)"
                       "\n",
                       panel_width + 28, top + 28, style, body);
}

}  // namespace quoin
