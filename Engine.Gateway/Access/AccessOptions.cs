namespace Engine.Gateway.Access;

/// <summary>Who may use the server: section <c>Access</c> of the configuration. Without keys, only clients of the same machine.</summary>
public sealed class AccessOptions
{
    /// <summary>The section's name.</summary>
    public const string SectionName = "Access";

    /// <summary>The API keys, by their hashes.</summary>
    public List<ApiKeyOptions> Keys { get; set; } = [];

    /// <summary>
    /// Whether who is authenticated by a scheme of the host's own may come in. Then the server may be bound elsewhere than to loopback
    /// without keys, and the host has to see to it that nobody else comes in.
    /// </summary>
    public bool AcceptHostUsers { get; set; }

    /// <summary>Decides who may see events of a type and resource, beside what keys say; null for all who may come in.</summary>
    public Func<System.Security.Claims.ClaimsPrincipal, string, string, bool>? Authorize { get; set; }

    /// <summary>Finds what is wrong, a text each.</summary>
    public IEnumerable<string> FindProblems()
    {
        for (int i = 0; i < Keys.Count; i++)
        {
            ApiKeyOptions key = Keys[i];
            if (string.IsNullOrWhiteSpace(key.Name))
                yield return $"Access:Keys:{i}:Name must not be empty.";
            if (!ApiKeyHash.IsHash(key.Hash))
            {
                yield return $"Access:Keys:{i}:Hash must be \"{ApiKeyHash.Prefix}\" and 64 hexadecimal digits, as the command \"key\" " +
                    "prints it.";
            }
        }

        foreach (IGrouping<string, ApiKeyOptions> same in Keys.GroupBy(static key => key.Name).Where(static same => same.Count() > 1))
            yield return $"Access:Keys has {same.Count()} keys with the name \"{same.Key}\".";
    }
}

/// <summary>An API key, by its hash.</summary>
public sealed class ApiKeyOptions
{
    /// <summary>Whose it is, for limits and logs.</summary>
    public string Name { get; set; } = "";

    /// <summary>The key's hash, as the command <c>key</c> prints it. The key itself is nowhere kept.</summary>
    public string Hash { get; set; } = "";

    /// <summary>Wire names of the event types it may see; empty for all.</summary>
    public List<string> Types { get; set; } = [];

    /// <summary>Resource ids it may see; empty for all.</summary>
    public List<string> Resources { get; set; } = [];
}
