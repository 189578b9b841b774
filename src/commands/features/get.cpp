#include <boost/json.hpp>

#include "base/json.h"
#include "commands/features/feature_source.h"
#include "commands/features/verbs.h"
#include "commands/terminal.h"
#include "features/feature_columns.h"

namespace quoin::features_verb {
namespace {

namespace json = boost::json;

struct Question {
    const FeatureView* view = nullptr;
    std::string id, tenant;
    EventTime at;
    std::optional<EventTime> knowledge;
};

json::value value_json(const FeatureAnswers& answers, const ViewAnswers& view, std::size_t place) {
    const auto& declared = *view.view().features()[view.slots()[place]].declaration;
    if (is_list(declared.type)) {
        json::array list;
        for (auto item : view.list(0, place))
            list.push_back(declared.type == FeatureType::texts ? json::value(answers.texts->find(item))
                                                               : json::value(std::bit_cast<double>(item)));
        return list;
    }
    auto value = answers.value(view, 0, place);
    if (value.is_null()) return nullptr;
    if (value.is_text()) return json::value(value.text());
    if (declared.type == FeatureType::boolean) return value.is_true();
    return value.number();
}

void print(const FeatureAnswers& answers, const Question& question, bool as_json) {
    const ViewAnswers& view = answers.views.front();
    TerminalTable table{{"feature", "value", "unit", "status"}, {}};
    json::object values;
    for (std::size_t place = 0; place < view.slots().size(); ++place) {
        const auto& declared = *view.view().features()[view.slots()[place]].declaration;
        auto status = view.status(0, place, question.at);
        auto value = status == FeatureStatus::present ? value_json(answers, view, place) : json::value();
        table.rows.push_back({declared.name,
                              value.is_null()     ? "–"
                              : value.is_string() ? std::string(value.get_string())
                                                  : json_text(value),
                              declared.unit, name_of(status)});
        values[declared.name] = {{"value", std::move(value)}, {"status", name_of(status)}};
    }
    auto latest = view.event_time(0);
    if (as_json) {
        fmt::print("{}\n", json_text(json::object{{"view", question.view->name()},
                                                  {"entity", question.view->entity()},
                                                  {"id", question.id},
                                                  {"tenant", question.tenant},
                                                  {"at", to_text(question.at)},
                                                  {"event_time", latest.is_missing() ? json::value() : json::value(to_text(latest))},
                                                  {"features", std::move(values)}},
                                     2));
        return;
    }
    fmt::print("{}", render(table, terminal_width()));
    fmt::print("{} {} as of {}{}\n", question.view->entity(), question.id, to_text(question.at),
               latest.is_missing() ? "; nothing was ever seen of it" : "; latest event " + to_text(latest));
}

Result<int> answer(const CommandLine& line, const Question& question, std::shared_ptr<const FeatureCatalog> catalog, const EventLog& log) {
    TRY(features, named_features(*catalog, line.text("features"), question.view));
    for (const FeaturePlace& feature : features)
        if (feature.view != question.view)
            return fail_field(ErrorKind::invalid, "features", "'{}' is a feature of view '{}', not of '{}'",
                              feature.view->declaration().features[feature.slot].name, feature.view->name(), question.view->name());
    auto frame = one_row(question.view->entity(), question.tenant, question.id, question.at);
    TRY(replay,
        FeatureReplay::read(catalog, features, events_of(log), {.knowledge = question.knowledge, .only = &frame, .wants_lists = true}));
    TRY(answers, replay.answer(frame));
    print(answers, question, line.has("json"));
    return 0;
}

Result<int> run_get(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(view, named_view(*catalog, line.text("view")));
    TRY(log, feature_log(line));
    return answer(line, {view, line.text("id"), line.text("tenant"), log->now(), {}}, catalog, *log);
}

Result<int> run_as_of(const CommandLine& line) {
    TRY(catalog, feature_catalog(line));
    TRY(view, named_view(*catalog, line.text("view")));
    TRY(at, time_option(line, "time"));
    TRY(knowledge, time_option(line, "knowledge"));
    TRY(log, feature_log(line));
    return answer(line, {view, line.text("id"), line.text("tenant"), *at, knowledge}, catalog, *log);
}

}  // namespace

CommandEntry get() {
    return {"get",
            "the features of one entity as of now, from the project's log (a server answers GET /v1/features/{view}/{entity})",
            "quoin features get user_documents user_1 --dir demo",
            {{"VIEW", "", "view, e.g. user_documents", "", true},
             {"ID", "", "the entity's id", "", true},
             features_option(),
             tenant_option(),
             dir_option(),
             catalog_option(),
             json_option()},
            run_get};
}

CommandEntry as_of() {
    return {"as-of",
            "the features of one entity as they were, or would have been, served at a time",
            "quoin features as-of user_documents user_1 2026-03-01T12:00:00Z --dir demo",
            {{"VIEW", "", "view, e.g. user_documents", "", true},
             {"ID", "", "the entity's id", "", true},
             {"TIME", "", "2026-03-01, or to the second 2026-03-01T12:00:00Z", "", true},
             {"--knowledge", "TIME", "as known then: later for hindsight, earlier for what was not known yet"},
             features_option(),
             tenant_option(),
             dir_option(),
             catalog_option(),
             json_option()},
            run_as_of};
}

}  // namespace quoin::features_verb
