using System.Diagnostics;

namespace Engine.Cluster.Transport;

/// <summary>
/// What the server refuses. It says so at once and on its own account, and the call that it is about gets no answer; so calls that run
/// are told here, and need not wait for one. Thread-safe.
/// </summary>
/// <param name="memory">How long a refusal explains calls that fail.</param>
internal sealed class NatsRefusals(TimeSpan memory)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Call> _running = [];
    private (string Text, long Time)? _last;

    /// <summary>Notes what the server said on its own account.</summary>
    public void Note(string? text)
    {
        if (text is null || !text.Contains("permissions violation", StringComparison.OrdinalIgnoreCase))
            return;
        Call[] refused;
        lock (_lock)
        {
            _last = (text, Stopwatch.GetTimestamp());
            refused = [.. _running.Where(call => IsOf(text, call.Subject))];
        }

        foreach (Call call in refused)
            call.Refuse();
    }

    /// <summary>Begins a call, which is to be disposed at its end.</summary>
    /// <param name="subject">The stream or subject that it is about.</param>
    /// <param name="begun">When it, or what it goes on with, was begun.</param>
    /// <param name="cancellationToken">Ends it, too.</param>
    public Call Begin(string subject, long begun, CancellationToken cancellationToken)
    {
        var call = new Call(this, subject, cancellationToken);
        bool isRefused;
        lock (_lock)
        {
            _running.Add(call);
            isRefused = _last is { } last && last.Time >= begun && IsOf(last.Text, subject);
        }

        if (isRefused)
            call.Refuse();
        return call;
    }

    /// <summary>What the server said that explains why a call failed; null if it said nothing of that kind.</summary>
    /// <param name="subject">The stream or subject that the call was about.</param>
    /// <param name="elapsed">How long the call took.</param>
    public string? Find(string subject, TimeSpan elapsed)
    {
        lock (_lock)
        {
            return _last is { } last && Stopwatch.GetElapsedTime(last.Time) < memory + elapsed
                && (last.Text.Contains(subject, StringComparison.OrdinalIgnoreCase)
                    || last.Text.Contains("$JS.", StringComparison.OrdinalIgnoreCase)) ? last.Text : null;
        }
    }

    // Such as: Permissions Violation for Publish to "$JS.API.STREAM.CREATE.name".
    private static bool IsOf(string text, string subject) => text.Contains($"\"{subject}\"", StringComparison.Ordinal)
        || (text.Contains("\"$JS.API.", StringComparison.Ordinal)
            && (text.Contains($".{subject}\"", StringComparison.Ordinal) || text.Contains($".{subject}.", StringComparison.Ordinal)));

    /// <summary>A call that runs.</summary>
    public sealed class Call : IDisposable
    {
        private readonly NatsRefusals _owner;
        private readonly CancellationTokenSource _end;
        private volatile bool _isRefused;

        internal Call(NatsRefusals owner, string subject, CancellationToken cancellationToken)
        {
            (_owner, Subject) = (owner, subject);
            _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }

        /// <summary>The stream or subject that it is about.</summary>
        public string Subject { get; }

        /// <summary>Whether the server has refused it.</summary>
        public bool IsRefused => _isRefused;

        /// <summary>Ends it when it is refused or cancelled.</summary>
        public CancellationToken Token => _end.Token;

        public void Dispose()
        {
            lock (_owner._lock)
                _owner._running.Remove(this);
            _end.Dispose();
        }

        internal void Refuse()
        {
            _isRefused = true;
            try
            {
                _end.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended meanwhile.
            }
        }
    }
}
