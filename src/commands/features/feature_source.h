#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/command.h"
#include "events/event_log.h"
#include "features/catalog.h"
#include "features/replay.h"

namespace quoin {

OptionSpec catalog_option();
OptionSpec tenant_option();
OptionSpec features_option();

/// The folder that --catalog names, else the catalog of the project if it has one, else the one that comes with the program.
Result<std::shared_ptr<const FeatureCatalog>> feature_catalog(const CommandLine& line);
/// The log of the project.
Result<std::unique_ptr<EventLog>> feature_log(const CommandLine& line);

/// "a,b" → {"a", "b"}; empty parts are left out.
std::vector<std::string> comma_list(const std::string& text);
/// What --features names: features ("view:feature" or a bare name) and whole views; nothing: `otherwise`.
Result<std::vector<FeaturePlace>> named_features(const FeatureCatalog& catalog, const std::string& names,
                                                 const FeatureView* otherwise = nullptr);
std::vector<FeaturePlace> features_of(const FeatureView& view);
/// Error: not_found, naming the command that lists views.
Result<const FeatureView*> named_view(const FeatureCatalog& catalog, const std::string& name);

/// The time that an option names; not given: nothing. Error: invalid.
Result<std::optional<EventTime>> time_option(const CommandLine& line, const char* name);

/// A frame of one row.
EntityFrame one_row(const std::string& entity, const std::string& tenant, const std::string& id, EventTime at);

}  // namespace quoin
