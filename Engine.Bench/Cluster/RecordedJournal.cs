using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Journals;

namespace Engine.Bench.Cluster;

/// <summary>A journal of instructions, written before anything is measured.</summary>
internal static class RecordedJournal
{
    /// <summary>Writes one.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="wanted">Events at least.</param>
    /// <param name="frameEvents">Events of a frame.</param>
    /// <param name="isRandom">Whether nothing predicts them; otherwise they are those of a loop.</param>
    /// <returns>Events, and bytes of their frames.</returns>
    public static (long Events, long Bytes) Write(string directory, long wanted, int frameEvents, bool isRandom)
    {
        var producer = new ProducerInfo(1, "vcpu1");
        using Journal journal = Journal.Open(directory, new JournalOptions { FrameEvents = frameEvents });
        JournalStream<InstructionRetired> stream = journal.OpenStream<InstructionRetired>(producer);
        var random = new Random(1);
        var events = new InstructionRetired[frameEvents];
        long written = 0;
        while (written < wanted)
        {
            for (int i = 0; i < events.Length; i++)
            {
                long at = written + i;
                events[i] = isRandom
                    ? new InstructionRetired((ulong)random.NextInt64(), (uint)random.Next(), default)
                    : new InstructionRetired(0x8000_0000UL + (ulong)(at % 97 * 4), (uint)(at % 97), default);
            }

            stream.Append(events, new Envelope(InstructionRetired.Descriptor, producer, written, written, 0, 0, isInline: false));
            written += events.Length;
        }

        return (written, journal.Close().Statistics.StoredBytes);
    }
}
