using System.Globalization;
using System.Text;
using Engine.Storage.Frames;

namespace Engine.Cluster.Contracts;

/// <summary>Names of hosts, streams, consumers and subjects: what hosts and hubs have to agree on. Stateless.</summary>
public static class ClusterNames
{
    /// <summary>Characters of a host's name at most.</summary>
    public const int MaxHostLength = 64;

    /// <summary>The target of commands that are for all hosts; no host can have this name.</summary>
    public const string AllHosts = "*";

    /// <summary>Whether a text is a host's name: 1 to 64 of a to z, 0 to 9, '-' and '_', with a letter or digit first.</summary>
    /// <param name="name">The text.</param>
    public static bool IsHost(string? name) => name is { Length: >= 1 and <= MaxHostLength } && name[0] is not ('-' or '_')
        && name.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_');

    /// <summary>Refuses what is no host's name.</summary>
    /// <param name="name">The text.</param>
    /// <exception cref="ArgumentException">It is not one.</exception>
    public static string RequireHost(string name) => IsHost(name) ? name
        : throw new ArgumentException(
            $"A host's name must be 1 to {MaxHostLength} of a to z, 0 to 9, '-' and '_', a letter or digit first, but is \"{name}\".",
            nameof(name));

    /// <summary>The shard that a host's frames go to: all of one host to one, so that they keep their order.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="shards">How many there are.</param>
    public static int ShardOf(string host, int shards) => (int)(Crc32C.Of(Encoding.UTF8.GetBytes(host)) % (uint)shards);

    internal static string FrameStream(int shard, int shards) => Text($"ENGINE_VM_{shard}_OF_{shards}");

    internal static string FrameSubjects(int shard, int shards) => Text($"vm.{shard}of{shards}.>");

    internal static string FrameSubject(string host, int shards, string? vm, string eventType) =>
        Text($"vm.{ShardOf(host, shards)}of{shards}.{host}.{Token(vm)}.{eventType}");

    internal static string EventStream(int shard, int shards) => Text($"ENGINE_EVENTS_{shard}_OF_{shards}");

    internal static string EventSubjects(int shard, int shards) => Text($"events.{shard}of{shards}.>");

    internal static string EventSubject(string orderKey, int shards, string eventType) =>
        Text($"events.{ShardOf(orderKey, shards)}of{shards}.{eventType}");

    internal const string TrailStream = "ENGINE_TRAIL";
    internal const string TrailSubjects = "fleet.trail.>";

    internal static string TrailSubject(string host) => $"fleet.trail.{host}";

    internal const string HeartbeatSubjects = "fleet.host.*";

    internal static string HeartbeatSubject(string host) => $"fleet.host.{host}";

    internal static string AuditSubject(string host) => $"fleet.audit.{host}";

    internal static string CommandSubject(string host) => host == AllHosts ? "fleet.command-all" : $"fleet.command.{host}";

    internal static string ResultSubject(Guid command) => $"fleet.result.{command:n}";

    internal const string QuerySubject = "fleet.query";

    /// <summary>The host that a subject names at a place; null if there is none, or what is there is no host's name.</summary>
    internal static string? HostIn(string subject, int place)
    {
        string[] tokens = subject.Split('.');
        return tokens.Length > place && IsHost(tokens[place]) ? tokens[place] : null;
    }

    // What stands between two dots of a subject.
    private static string Token(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "_";
        string cut = text.Length <= MaxHostLength ? text : text[..MaxHostLength];
        return string.Create(cut.Length, cut, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++)
                target[i] = char.IsAsciiLetterOrDigit(source[i]) || source[i] is '-' or '_' ? source[i] : '_';
        });
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
