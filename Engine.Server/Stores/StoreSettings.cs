using Engine.Bus;
using Engine.Storage.Facade;
using Engine.Storage.Hosting.Configuration;
using Engine.Tooling;
using Microsoft.Extensions.Configuration;

namespace Engine.Server.Stores;

/// <summary>What the settings say of storage. Without section <c>EventDriven</c> there is no store.</summary>
/// <param name="Config">The store; null for none.</param>
/// <param name="Webhook">Where stored events are sent; null for nowhere.</param>
/// <param name="JournalDirectory">A journal that is shown; null for none.</param>
internal sealed record StoreSettings(EventDrivenConfig? Config, Uri? Webhook, string? JournalDirectory)
{
    /// <summary>The sections that are read here.</summary>
    public static IReadOnlyCollection<string> Sections { get; } = [EventDrivenConfig.SectionName, "Webhook", "Journal"];

    /// <exception cref="UsageException">Settings are wrong; all of them are named.</exception>
    public static StoreSettings Read(IConfigurationRoot root)
    {
        List<string> problems =
        [
            .. FindUnknown(root.GetSection("Webhook"), "Url"), .. FindUnknown(root.GetSection("Journal"), "Directory"),
        ];
        EventDrivenConfig? config = null;
        if (root.GetSection(EventDrivenConfig.SectionName) is { } section && section.GetChildren().Any())
        {
            config = EventDrivenConfiguration.TryRead(section, out IReadOnlyList<ConfigurationProblem> found, root);
            problems.AddRange(found.Select(static problem => problem.ToString()));
        }

        string? url = root["Webhook:Url"];
        Uri? webhook = null;
        if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out webhook) && webhook.Scheme is "http" or "https"))
            problems.Add("Webhook:Url must be an http or https address.");
        else if (url is not null && config is null)
            problems.Add("Webhook:Url needs a store: set EventDriven:Store:Connection.");
        return problems.Count > 0
            ? throw new UsageException("settings are not right: " + string.Join(" ", problems))
            : new StoreSettings(config, webhook, root["Journal:Directory"]);
    }

    private static IEnumerable<string> FindUnknown(IConfigurationSection section, string known) => section.GetChildren()
        .Where(child => !child.Key.Equals(known, StringComparison.OrdinalIgnoreCase))
        .Select(child => $"{child.Path} is no setting; known is {known}.");
}
