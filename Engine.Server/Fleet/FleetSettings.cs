using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using Engine.Tooling;
using Microsoft.Extensions.Configuration;

namespace Engine.Server.Fleet;

/// <summary>What the settings say of a fleet: section <c>Fleet</c>, without which none is shown.</summary>
internal static class FleetSettings
{
    public const string Section = "Fleet";

    private static readonly string[] s_known =
    [
        nameof(ClusterOptions.Url), nameof(ClusterOptions.UserName), nameof(ClusterOptions.Password),
        nameof(ClusterOptions.CredentialsFile), nameof(ClusterOptions.CaFile), nameof(ClusterOptions.CertificateFile),
        nameof(ClusterOptions.KeyFile),
    ];

    /// <summary>How the fleet's broker is reached; null where no fleet is configured.</summary>
    /// <exception cref="UsageException">A setting is wrong; all that are none are named.</exception>
    public static ClusterOptions? Read(IConfigurationRoot root)
    {
        IConfigurationSection section = root.GetSection(Section);
        if (!section.GetChildren().Any())
            return null;
        string[] problems =
        [
            .. section.GetChildren().Where(static child => !s_known.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                .Select(static child => $"{child.Path} is no setting; known are {string.Join(", ", s_known)}."),
        ];
        if (problems.Length > 0)
            throw new UsageException("settings are not right: " + string.Join(" ", problems));
        var options = new ClusterOptions
        {
            Url = section[nameof(ClusterOptions.Url)] ?? string.Empty,
            UserName = section[nameof(ClusterOptions.UserName)],
            Password = section[nameof(ClusterOptions.Password)],
            CredentialsFile = section[nameof(ClusterOptions.CredentialsFile)],
            CaFile = section[nameof(ClusterOptions.CaFile)],
            CertificateFile = section[nameof(ClusterOptions.CertificateFile)],
            KeyFile = section[nameof(ClusterOptions.KeyFile)],
            AnswerTimeout = TimeSpan.FromSeconds(3),
        };
        foreach (string node in options.Url.Split(','))
        {
            if (!Uri.TryCreate(node.Trim(), UriKind.Absolute, out Uri? address) || !ClusterTransports.Schemes.Contains(address.Scheme))
            {
                throw new UsageException(
                    $"settings are not right: Fleet:Url must be an address such as nats://127.0.0.1:4222, but is \"{node}\".");
            }
        }

        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"settings are not right: {Section}: {error.Message}");
        }
    }
}
