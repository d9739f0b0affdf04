using System.Security.Cryptography;
using System.Text.Json;
using Engine.Storage.Journals;

namespace Engine.Cluster.Publishing;

/// <summary>
/// How far a journal was sent, kept beside it: replaced as a whole and synchronized, so that it is never ahead of what the broker has
/// acknowledged. Older than the truth it costs repeats only.
/// </summary>
/// <param name="Journal">Identifies the journal, whatever its host is called.</param>
/// <param name="SentFrame">The last frame up to which all were acknowledged.</param>
/// <param name="SentEvents">Events in them.</param>
/// <param name="LostFrames">Frames among them that could not be sent.</param>
/// <param name="AuditedFrame">The last frame up to which the hub has all.</param>
/// <param name="Repeats">Numbers given to repeats so far.</param>
internal sealed record PublisherState(
    string Journal, long SentFrame, long SentEvents, long LostFrames, long AuditedFrame, long Repeats)
{
    public const string FileName = "cluster.state";

    // Numbers of repeats that a crash may have used up without a trace.
    private const long RepeatsPerLife = 1L << 20;

    /// <summary>Reads it; a journal without one gets an identity.</summary>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="InvalidDataException">What is there is no such state.</exception>
    public static PublisherState Load(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, FileName);
        PublisherState state = File.Exists(path)
            ? Read(path)
            : new PublisherState(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), 0, 0, 0, 0, 0);
        state = state with { Repeats = state.Repeats + RepeatsPerLife };
        state.Save(directory);
        return state;
    }

    public void Save(string directory) => new DiskFiles(directory).Replace(
        FileName, PublisherStateJsonContext.Write(this));

    private static PublisherState Read(string path)
    {
        try
        {
            PublisherState? state = PublisherStateJsonContext.Read(File.ReadAllBytes(path));
            if (state is { Journal.Length: 16, SentFrame: >= 0, AuditedFrame: >= 0 } && state.Journal.All(char.IsAsciiHexDigitLower))
                return state;
        }
        catch (JsonException)
        {
            // As one that says nothing.
        }

        throw new InvalidDataException(
            $"\"{path}\" does not say how far the journal was sent. Without the file all of it is sent again, as another journal.");
    }
}
