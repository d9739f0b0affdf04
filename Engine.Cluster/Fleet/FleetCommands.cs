using Engine.Cluster.Contracts;
using Engine.Primitives;

namespace Engine.Cluster.Fleet;

/// <summary>Carries a command out.</summary>
/// <param name="command">The command, which is authentic and allowed.</param>
/// <param name="cancellationToken">Cancelled when the host ends, or the time for it is over.</param>
/// <returns>What to say about it.</returns>
public delegate ValueTask<string> CommandHandler(FleetCommand command, CancellationToken cancellationToken);

/// <summary>
/// What a host does when it is asked to, who may ask, and the trail of all that was asked. A command is carried out once; each that
/// came, refused ones included, is a line of the trail, synchronized before it is carried out and after. Thread-safe.
/// </summary>
public sealed class FleetCommands : IDisposable
{
    private const int MaxRemembered = 65_536;

    private readonly Dictionary<string, CommandHandler> _handlers;
    private readonly Dictionary<string, CommandKey> _keys;
    private readonly FleetCommandOptions _options;
    private readonly Dictionary<Guid, (DateTimeOffset At, FleetResult? Result)> _seen = [];
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Makes the commands of a host.</summary>
    /// <param name="options">Who may ask, and where the trail is.</param>
    /// <param name="handlers">What can be done, by verb.</param>
    /// <exception cref="ArgumentException">A key is too short, a name is none, or an issuer is there twice.</exception>
    public FleetCommands(FleetCommandOptions options, IReadOnlyDictionary<string, CommandHandler> handlers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handlers);
        options.Validate();
        _options = options;
        _handlers = new Dictionary<string, CommandHandler>(handlers, StringComparer.Ordinal);
        _keys = options.Keys.ToDictionary(static key => key.Issuer, StringComparer.Ordinal);
    }

    /// <summary>Takes a command, and carries it out if it may be.</summary>
    /// <param name="host">The host's name.</param>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The answer, the first one again if it was carried out before; null if it is for another host.</returns>
    /// <exception cref="IOException">The trail cannot be written: then nothing was carried out.</exception>
    public async ValueTask<FleetResult?> TakeAsync(string host, FleetCommand command, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Target != host && command.Target != ClusterNames.AllHosts)
            return null;
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DateTimeOffset now = _options.TimeProvider.GetUtcNow();
            if (Refusal(command, now) is { } refusal)
                return Trail(Result(host, command, now, refusal.Outcome, refusal.Text));
            if (_seen.TryGetValue(command.Id, out (DateTimeOffset At, FleetResult? Result) known))
                return known.Result;
            if (!Remember(command, now))
                return Trail(Result(host, command, now, CommandOutcome.Failed, $"more than {MaxRemembered} commands at once"));
            // Before it is done: what was done without a trace could be denied.
            Trail(Result(host, command, now, CommandOutcome.Begun, string.Empty));
            FleetResult result = await CarryOutAsync(host, command, cancellationToken).ConfigureAwait(false);
            _seen[command.Id] = (now, result);
            return Trail(result);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Takes no more commands. To be called when the member that uses it has ended.</summary>
    public void Dispose() => _one.Dispose();

    private (CommandOutcome Outcome, string Text)? Refusal(FleetCommand command, DateTimeOffset now)
    {
        if (command.Verb is null || command.Argument is null || command.Issuer is null
            || !_keys.TryGetValue(command.Issuer, out CommandKey? key) || !command.IsSignedWith(key.Key.Span))
            return (CommandOutcome.NotAuthentic, "the signature is not that of the issuer's key");
        if (!key.Allows(command.Verb))
            return (CommandOutcome.NotAllowed, $"\"{command.Issuer}\" may not ask for \"{command.Verb}\"");
        if ((now - command.IssuedAt).Duration() > _options.MaxAge)
        {
            return (
                CommandOutcome.Expired,
                FormattableString.Invariant(
                    $"{(now - command.IssuedAt).TotalSeconds:F0} s old here; {_options.MaxAge.TotalSeconds:F0} s either way are accepted"));
        }

        return _handlers.ContainsKey(command.Verb) ? null
            : (CommandOutcome.UnknownVerb, $"this host knows {string.Join(", ", _handlers.Keys.Order(StringComparer.Ordinal))}");
    }

    private bool Remember(FleetCommand command, DateTimeOffset now)
    {
        // Those that are too old are refused for that.
        foreach (Guid old in _seen.Where(entry => now - entry.Value.At > 2 * _options.MaxAge).Select(static entry => entry.Key).ToArray())
            _seen.Remove(old);
        if (_seen.Count >= MaxRemembered)
            return false;
        _seen.Add(command.Id, (now, null));
        return true;
    }

    private async Task<FleetResult> CarryOutAsync(string host, FleetCommand command, CancellationToken cancellationToken)
    {
        using var limited = new TimeLimit(_options.Timeout, cancellationToken);
        try
        {
            // On a thread of its own accord, so that one that blocks can be left behind.
            string text = await Task.Run(async () => await _handlers[command.Verb](command, limited.Token).ConfigureAwait(false))
                .WaitAsync(limited.Token).ConfigureAwait(false);
            return Result(host, command, _options.TimeProvider.GetUtcNow(), CommandOutcome.Done, text);
        }
        catch (Exception exception)
        {
            return Result(
                host, command, _options.TimeProvider.GetUtcNow(), CommandOutcome.Failed,
                exception is OperationCanceledException ? "it did not end in time" : exception.Message);
        }
    }

    private static FleetResult Result(string host, FleetCommand command, DateTimeOffset now, CommandOutcome outcome, string text) =>
        new(command.Id, host, Cut(command.Verb), Cut(command.Argument), Cut(command.Issuer), now, outcome, text);

    private static string Cut(string? text) =>
        text is null ? string.Empty : text.Length <= FleetCommand.MaxArgumentLength ? text : text[..FleetCommand.MaxArgumentLength];

    private FleetResult Trail(FleetResult result)
    {
        using var file = new FileStream(_options.TrailFile, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write(FleetJsonContext.Write(result));
        file.WriteByte((byte)'\n');
        file.Flush(flushToDisk: true);
        return result;
    }
}

/// <summary>Who may ask a host, and where it writes that down. Immutable.</summary>
public sealed record FleetCommandOptions
{
    /// <summary>Who may ask for what; nobody may ask for anything unless they are in here.</summary>
    public required IReadOnlyList<CommandKey> Keys { get; init; }

    /// <summary>The file of the trail: JSON lines, only ever added to.</summary>
    public required string TrailFile { get; init; }

    /// <summary>How old a command may be, and how far ahead its issuer's clock: 1 s to 1 day.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long carrying one out may take: 1 s to 1 day.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The host's clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal static OptionTable<FleetCommandOptions> Ranges { get; } = new OptionTable<FleetCommandOptions>("commands")
        .With(nameof(MaxAge), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), static o => o.MaxAge)
        .With(nameof(Timeout), OptionRange.Of(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)), static o => o.Timeout);

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(TrailFile);
        ArgumentNullException.ThrowIfNull(TimeProvider);
        Ranges.Check(this);
        ArgumentNullException.ThrowIfNull(Keys);
        foreach (CommandKey key in Keys)
        {
            if (!CommandKey.IsIssuer(key.Issuer))
            {
                throw new ArgumentException(
                    $"An issuer has 1 to {CommandKey.MaxIssuerLength} letters, digits, '-', '_', '.' and '@'; got \"{key.Issuer}\".",
                    nameof(Keys));
            }

            if (key.Verbs is not { Count: > 0 } || !key.Verbs.All(CommandKey.IsVerb))
            {
                throw new ArgumentException(
                    $"The verbs of \"{key.Issuer}\" must be names of small letters, digits and '-', or '*', and at least one.",
                    nameof(Keys));
            }

            if (key.Key.Length < FleetCommand.MinKeyBytes)
            {
                throw new ArgumentException(
                    $"The key of \"{key.Issuer}\" must have {FleetCommand.MinKeyBytes} bytes or more; it has {key.Key.Length}.",
                    nameof(Keys));
            }
        }
    }
}
