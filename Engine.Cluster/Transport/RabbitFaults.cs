using System.Security.Authentication;
using Engine.Cluster.Contracts;
using RabbitMQ.Client.Exceptions;

namespace Engine.Cluster.Transport;

/// <summary>Tells from what the client of RabbitMQ throws what is wrong and what to do. Thread-safe.</summary>
internal sealed class RabbitFaults(ClusterOptions options)
{
    private const int AccessRefused = 403;
    private const int NotFound = 404;
    private const int PreconditionFailed = 406;

    /// <summary>What is wrong.</summary>
    /// <param name="exception">What the client threw.</param>
    /// <param name="subject">The stream or subject that it was about.</param>
    /// <param name="blocked">Why the broker takes no messages at all; null if it does.</param>
    /// <param name="isConnected">Whether there is a connection.</param>
    public ClusterException Of(Exception exception, string subject, string? blocked, bool isConnected)
    {
        string texts = string.Join(": ", Chain(exception).Select(static inner => inner.Message).Distinct());
        if (Chain(exception).OfType<AuthenticationFailureException>().Any() || Has(texts, "ACCESS_REFUSED - Login"))
            return Make(ClusterFault.WrongCredentials, $"The broker at {options} does not accept the credentials: {texts}");
        if (Chain(exception).OfType<AuthenticationException>().Any() || Has(texts, "certificate") || Has(texts, "TLS"))
        {
            return Make(
                ClusterFault.CertificateRejected,
                $"The connection to {options} could not be encrypted; look at the certificates' dates, names and authorities: {texts}");
        }

        if (ReplyCodeIn(exception) is { } code && OfReply(code, subject, texts, exception) is { } known)
            return known;
        if (exception is PublishException { IsReturn: true })
        {
            return Make(
                ClusterFault.StreamMissing,
                $"No stream at {options} takes \"{subject}\": it was not made yet, or was deleted; the hub makes it when it starts.");
        }

        if (blocked is not null)
        {
            return Make(
                ClusterFault.StreamFull, $"The broker at {options} takes nothing, \"{subject}\" neither: {blocked}; it needs room.");
        }

        if (exception is PublishException)
            return Make(ClusterFault.StreamFull, $"The broker at {options} has not stored \"{subject}\" and says so: {texts}");
        if (!isConnected || Chain(exception).Any(static inner => inner is ObjectDisposedException or BrokerUnreachableException))
            return Make(ClusterFault.Unreachable, $"The broker at {options} cannot be reached: {texts}");
        return Make(
            exception is TimeoutException or OperationCanceledException
                || Chain(exception).Any(static inner => inner is RabbitMQClientException)
                ? ClusterFault.NoAnswer : ClusterFault.Other,
            $"The broker at {options} gave no answer for \"{subject}\": {texts}");

        ClusterException Make(ClusterFault fault, string message) => new(fault, message, exception);
    }

    private ClusterException? OfReply(int code, string subject, string texts, Exception exception) => code switch
    {
        AccessRefused => new ClusterException(
            ClusterFault.Forbidden, $"The broker at {options} does not allow \"{subject}\": {texts}", exception),
        NotFound => new ClusterException(
            ClusterFault.StreamMissing, $"\"{subject}\" is not there at {options}: {texts}; the hub makes it when it starts.",
            exception),
        PreconditionFailed when Has(texts, "message size") => new ClusterException(
            ClusterFault.MessageTooLarge, $"A message for \"{subject}\" is too large for the broker at {options}: {texts}", exception),
        _ => null,
    };

    private static int? ReplyCodeIn(Exception exception) => Chain(exception).OfType<OperationInterruptedException>()
        .Select(static inner => (int?)inner.ShutdownReason?.ReplyCode).FirstOrDefault(static code => code is not null);

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
            yield return inner;
    }

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
