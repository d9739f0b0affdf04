using System.Security.Authentication;
using Engine.Cluster.Contracts;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace Engine.Cluster.Transport;

/// <summary>Tells from what the client throws, and from what the server said before, what is wrong and what to do. Thread-safe.</summary>
internal sealed class NatsFaults(ClusterOptions options)
{
    private const int NoLeader = 503;

    /// <summary>What the server refuses.</summary>
    public NatsRefusals Refusals { get; } = new(2 * options.AnswerTimeout);

    /// <summary>What is wrong.</summary>
    /// <param name="exception">What the client threw.</param>
    /// <param name="subject">The stream or subject that it was about.</param>
    /// <param name="isConnected">Whether there is a connection.</param>
    /// <param name="elapsed">How long it took.</param>
    public ClusterException Of(Exception exception, string subject, bool isConnected, TimeSpan elapsed)
    {
        string texts = string.Join(": ", Chain(exception).Select(static inner => inner.Message).Distinct());
        if (Chain(exception).OfType<NatsPayloadTooLargeException>().Any())
            return Make(ClusterFault.MessageTooLarge, $"A message for \"{subject}\" is too large for the broker at {options}: {texts}");
        if (Chain(exception).OfType<AuthenticationException>().Any() || Has(texts, "certificate") || Has(texts, "TLS"))
        {
            return Make(
                ClusterFault.CertificateRejected,
                $"The connection to {options} could not be encrypted; look at the certificates' dates, names and authorities: {texts}");
        }

        // Nobody's credentials are wrong: they came too late.
        if (Has(texts, "authentication timeout"))
        {
            return Make(
                ClusterFault.Unreachable,
                $"The broker at {options} gave up waiting for the credentials, as it or this host is too busy: {texts}");
        }

        if (Has(texts, "authorization violation") || Has(texts, "authentication"))
            return Make(ClusterFault.WrongCredentials, $"The broker at {options} does not accept the credentials: {texts}");
        if ((Has(texts, "permissions violation") ? texts : Refusals.Find(subject, elapsed)) is { } refusal)
            return Make(ClusterFault.Forbidden, $"The broker at {options} does not allow \"{subject}\": {refusal}");
        if (Chain(exception).OfType<NatsJSApiException>().FirstOrDefault() is { } api)
            return OfApi(api, subject);
        if (!isConnected)
            return Make(ClusterFault.Unreachable, $"The broker at {options} cannot be reached: {texts}");
        if (IsWithoutListener(exception, elapsed))
        {
            return Make(
                ClusterFault.StreamMissing,
                $"No stream at {options} takes \"{subject}\": it was not made yet, or was deleted; the hub makes it when it starts.");
        }

        return Make(
            exception is TimeoutException || Chain(exception).Any(static inner => inner is NatsException)
                ? ClusterFault.NoAnswer : ClusterFault.Other,
            $"The broker at {options} gave no answer for \"{subject}\" ({elapsed.TotalMilliseconds:F0} ms): {texts}. If this stays, look "
            + "whether its disk is full: then it needs room, and to be started again.");

        ClusterException Make(ClusterFault fault, string message) => new(fault, message, exception);
    }

    private ClusterException OfApi(NatsJSApiException api, string subject)
    {
        string text = api.Error.Description ?? api.Message;
        if (Has(text, "insufficient") || Has(text, "resource limits exceeded"))
        {
            return new ClusterException(
                ClusterFault.StreamFull,
                $"The broker at {options} has no room for \"{subject}\": {text}. All its streams may take "
                + "maxStreamBytes each, which together must not be more than what it may store (max_file_store).", api);
        }

        if (Has(text, "maximum bytes exceeded") || Has(text, "maximum messages exceeded"))
        {
            return new ClusterException(
                ClusterFault.StreamFull,
                $"The stream for \"{subject}\" at {options} is full, and takes no more until the hub consumes: {text}", api);
        }

        if (Has(text, "stream not found") || Has(text, "consumer not found"))
        {
            return new ClusterException(
                ClusterFault.StreamMissing, $"\"{subject}\" is not there at {options}: {text}; the hub makes it when it starts.", api);
        }

        if (api.Error.Code == NoLeader)
        {
            return new ClusterException(
                ClusterFault.NoAnswer, $"The nodes at {options} do not answer for \"{subject}\" at the moment: {text}", api);
        }

        return new ClusterException(ClusterFault.Other, $"The broker at {options} refuses \"{subject}\": {text}", api);
    }

    // Where nobody takes a subject the server says so at once; an answer that is lost takes all of the time.
    private bool IsWithoutListener(Exception exception, TimeSpan elapsed) =>
        Chain(exception).Any(static inner => inner is NatsNoRespondersException)
        || (Chain(exception).Any(static inner => inner is NatsJSPublishNoResponseException or NatsJSApiNoResponseException)
            && elapsed < options.AnswerTimeout * 0.8);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
            yield return inner;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
