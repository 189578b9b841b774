#include "registry/ledger.h"

#include <boost/json.hpp>

#include "base/digest.h"
#include "base/json.h"

namespace quoin {

std::string ledger_origin() { return std::string(64, '0'); }

std::string canonical_text(const LedgerLine& line) {
    boost::json::object fields;  // keeps the order of insertion, which is sorted here
    fields["action"] = line.action;
    fields["actor"] = line.actor;
    fields["at"] = line.at.value();
    fields["detail"] = line.detail;
    fields["model"] = line.model;
    fields["reason"] = line.reason;
    fields["sequence"] = line.sequence;
    fields["version"] = line.version;
    return json_text(fields);
}

std::string line_hash(std::string_view previous_hash, const LedgerLine& line) {
    return sha256_hex(std::string(previous_hash) + "\n" + canonical_text(line));
}

Status append_line(Database& database, LedgerLine line) {
    TRY(last, database.query("SELECT sequence, hash FROM ledger ORDER BY sequence DESC LIMIT 1"));
    line.sequence = last.empty() ? 1 : last[0].integer(0) + 1;
    line.hash = line_hash(last.empty() ? ledger_origin() : last[0].text(1), line);
    return database.execute(
        "INSERT INTO ledger (sequence, at, model, action, version, actor, reason, detail, hash) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
        {line.sequence, line.at.value(), line.model, line.action, line.version, line.actor, line.reason, line.detail, line.hash});
}

Result<std::vector<LedgerLine>> read_lines(Database& database, const std::string& model) {
    std::string sql = "SELECT sequence, at, model, action, version, actor, reason, detail, hash FROM ledger";
    std::vector<SqlValue> parameters;
    if (!model.empty()) {
        sql += " WHERE model = ?1";
        parameters.emplace_back(model);
    }
    TRY(rows, database.query(sql + " ORDER BY sequence", std::move(parameters)));
    std::vector<LedgerLine> lines;
    lines.reserve(rows.size());
    for (const SqlRow& row : rows)
        lines.push_back({row.integer(0), EventTime{row.integer(1)}, row.text(2), row.text(3), row.integer(4), row.text(5), row.text(6),
                         row.text(7), row.text(8)});
    return lines;
}

Status check_chain(std::span<const LedgerLine> lines) {
    std::string previous = ledger_origin();
    std::int64_t expected = 1;
    for (const LedgerLine& line : lines) {
        if (line.sequence != expected)
            return fail(ErrorKind::corrupt, "ledger line {} is missing (line {} follows line {}); restore the registry from a backup",
                        expected, line.sequence, expected - 1);
        if (line.hash != line_hash(previous, line))
            return fail(ErrorKind::corrupt,
                        "ledger line {} was changed after it was written: its hash is wrong; restore the registry from a backup",
                        line.sequence);
        previous = line.hash;
        ++expected;
    }
    return {};
}

Result<std::vector<ChampionChange>> champion_changes(std::span<const LedgerLine> lines) {
    std::vector<ChampionChange> changes;
    for (const LedgerLine& line : lines) {
        if (line.action == "promote" || line.action == "rollback") {
            changes.push_back({line.at, line.version, line.action == "rollback"});
        } else if (line.action == "stage") {
            auto detail = parse_json(line.detail);
            const auto* from = detail && detail->is_object() ? detail->get_object().if_contains("from") : nullptr;
            if (from == nullptr || !from->is_string())
                return fail(ErrorKind::corrupt, "ledger line {} does not say which stage was left; restore the registry from a backup",
                            line.sequence);
            if (from->get_string() == name_of(Stage::production)) changes.push_back({line.at, 0, false});
        }
    }
    return changes;
}

std::optional<std::int64_t> champion_before(std::span<const ChampionChange> changes) {
    std::vector<std::int64_t> pile;
    auto take_top = [&] {
        if (!pile.empty()) pile.pop_back();
        while (!pile.empty() && pile.back() == 0) pile.pop_back();
    };
    for (const ChampionChange& change : changes) {
        if (change.rolled_back) take_top();
        else pile.push_back(change.version);
    }
    take_top();
    return pile.empty() ? std::nullopt : std::optional(pile.back());
}

}  // namespace quoin
