using System.Runtime.CompilerServices;
using Engine.Cluster.Contracts;

namespace Engine.Cluster.Transport;

/// <summary>Listens for as long as it takes. Stateless.</summary>
internal static class Listening
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>As <see cref="IClusterTransport.ListenAsync"/>, and begins again where that ends or fails; ends without a word.</summary>
    public static async IAsyncEnumerable<TransportNote> ForeverAsync(
        IClusterTransport transport, string subject, TimeProvider timeProvider,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            IAsyncEnumerator<TransportNote> notes = transport.ListenAsync(subject, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (notes.ConfigureAwait(false))
            {
                while (await TryMoveAsync(notes).ConfigureAwait(false))
                    yield return notes.Current;
            }

            await Task.Delay(RetryDelay, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async ValueTask<bool> TryMoveAsync(IAsyncEnumerator<TransportNote> notes)
    {
        try
        {
            return await notes.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ClusterException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }
}
