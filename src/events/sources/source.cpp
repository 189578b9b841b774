#include "events/sources/source.h"

#include <map>

namespace quoin {
namespace {

/// What templates may use: when a poll looks from, when it is made, and what for_each or the file's name give.
std::vector<TemplateName> parameters_of(const SourceDeclaration& source) {
    std::vector<TemplateName> names = {{"since", true}, {"polled", true}};
    if (source.way == SourceDeclaration::Way::files) names.push_back({"file", false});
    if (source.way == SourceDeclaration::Way::http && !source.http.each.empty())
        for (const auto& [name, value] : source.http.each.front()) names.push_back({name, false});
    return names;
}

}  // namespace

Result<std::shared_ptr<const Source>> Source::make(SourceDeclaration declaration, std::shared_ptr<const EventTypes> types) {
    auto source = std::make_shared<Source>();
    for (const auto& name : declaration.events)
        if (types->find(name) == nullptr)
            return fail_field(ErrorKind::invalid, "events", "{}: there is no event type '{}'; declare it in catalog/events/{}.yaml",
                              declaration.where, name, name);
    source->declaration_ = std::move(declaration);
    const auto& declared = source->declaration_;
    if (declared.way == SourceDeclaration::Way::pushed) return source;
    auto names = parameters_of(declared);
    source->parameters_ = names;
    if (declared.way == SourceDeclaration::Way::http) {
        TRY(requests, HttpRequests::make(declared, names));
        source->requests_ = std::move(requests);
    } else {
        auto folder = TextTemplate::parse(declared.files.folder.text, {}, true);
        if (!folder)
            return fail_field(ErrorKind::invalid, "folder", "{}, line {}: {}", declared.where, declared.files.folder.line,
                              folder.error().message);
        source->folder_ = std::move(*folder);
    }
    TRY(reader, SourceReader::make(declared));
    source->reader_ = std::move(reader);
    source->overlap_ = declared.overlap.value_or(types->find(declared.events.front())->lateness);
    TRY(mapping, RecordMapping::make(declared, std::move(types), std::move(names)));
    source->mapping_ = std::move(mapping);
    return source;
}

Result<std::filesystem::path> Source::find_folder(const Environment* environment, const std::filesystem::path& project) const {
    TRY(text, folder_->render({.environment = environment}));
    std::filesystem::path folder = text;
    if (folder.is_relative()) folder = project / folder;
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) return fail(ErrorKind::unsupported, "there is no folder '{}'", folder.string());
    return folder;
}

Status Source::check_set_up(const Environment& environment, const std::filesystem::path& project) const {
    if (declaration_.way == SourceDeclaration::Way::files) return find_folder(&environment, project).map([](auto&&) {});
    if (declaration_.way == SourceDeclaration::Way::pushed) return {};
    std::vector<FieldValue> any;
    for (const auto& name : parameters_) any.push_back(name.is_time ? FieldValue::number(0) : FieldValue::text("any"));
    auto request = requests_->render({.values = any, .page = {}, .environment = &environment});
    if (!request && request.error().kind == ErrorKind::unsupported) return tl::unexpected(request.error());
    return {};
}

Status check_shared_limits(std::span<const std::shared_ptr<const Source>> sources) {
    std::map<std::string, const SourceDeclaration*> first;
    for (const auto& source : sources) {
        const auto& declared = source->declaration();
        if (declared.way != SourceDeclaration::Way::http || declared.http.shares.empty()) continue;
        auto [known, added] = first.emplace(declared.http.shares, &declared);
        const auto& other = known->second->http;
        if (other.requests == declared.http.requests && other.per == declared.http.per && other.burst == declared.http.burst) continue;
        return fail_field(ErrorKind::invalid, "rate_limit", "{}: '{}' and '{}' share the rate limit '{}' and must say the same of it",
                          declared.where, known->second->name, declared.name, declared.http.shares);
    }
    return {};
}

Result<std::vector<std::shared_ptr<const Source>>> load_sources(const std::filesystem::path& folder,
                                                                std::shared_ptr<const EventTypes> types) {
    TRY(files, source_files(folder));
    std::vector<std::shared_ptr<const Source>> sources;
    for (const auto& file : files) {
        TRY(declaration, SourceDeclaration::load(file));
        TRY(source, Source::make(std::move(declaration), types));
        sources.push_back(std::move(source));
    }
    TRY_VOID(check_shared_limits(sources));
    return sources;
}

}  // namespace quoin
