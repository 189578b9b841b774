#include "features/feature_audit.h"

#include <boost/json.hpp>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

json::object report_json(const AuditReport& report) {
    json::array differences;
    for (const auto& one : report.differences)
        differences.push_back({{"view", one.view},
                               {"feature", one.feature},
                               {"tenant", one.tenant},
                               {"entity", one.id},
                               {"at", to_text(one.at)},
                               {"sequence", one.sequence},
                               {"served", fmt::format("{:016x}", one.served)},
                               {"recomputed", fmt::format("{:016x}", one.recomputed)}});
    return {{"vectors", report.vectors},     {"values", report.values},   {"equal", report.equal},
            {"different", report.different}, {"changed", report.changed}, {"differences", std::move(differences)}};
}

Result<int> run(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(log, feature_log(line));
    std::filesystem::path folder = line.has("vectors") ? std::filesystem::path(line.text("vectors"))
                                                       : std::filesystem::path(line.text("dir")) / "features" / "vectors";
    TRY(report, audit_vectors(folder, catalog, events_of(*log)));
    if (line.has("json")) {
        fmt::print("{}\n", json_text(report_json(report), 2));
    } else {
        TerminalTable table{{"view", "feature", "entity", "as of", "event", "served", "recomputed"}, {}};
        for (const auto& one : report.differences)
            table.rows.push_back({one.view, one.feature.empty() ? "(latest event)" : one.feature, one.id, to_text(one.at),
                                  fmt::to_string(one.sequence), fmt::format("{:016x}", one.served),
                                  fmt::format("{:016x}", one.recomputed)});
        if (!table.rows.empty()) fmt::print("{}", render(table, terminal_width()));
        fmt::print("{} of {} served vectors are recomputed to the last bit ({} values)\n",
                   count_text(static_cast<std::int64_t>(report.equal)), count_text(static_cast<std::int64_t>(report.vectors)),
                   count_text(static_cast<std::int64_t>(report.values)));
        if (report.changed > 0)
            fmt::print("{} are of views that are computed otherwise today: nothing is said about them\n",
                       count_text(static_cast<std::int64_t>(report.changed)));
    }
    if (report.different > 0)
        return fail(ErrorKind::conflict, "{} vectors were served otherwise than they are recomputed", report.different);
    return 0;
}

}  // namespace

CommandEntry audit() {
    return {"audit",
            "recompute every logged vector by replay and compare the bits with what was served",
            "quoin features audit --dir demo",
            {dir_option(),
             {"--vectors", "FOLDER", "log of served vectors (otherwise that of the project: quoin serve --log-vectors)"},
             catalog_option(),
             json_option()},
            run};
}

}  // namespace quoin::features_verb
