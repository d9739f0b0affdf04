using Engine.Emulator.Memory;

namespace Engine.Emulator.Cpu;

internal sealed unsafe partial class BlockCache
{
    private readonly List<SharedFrame> _shared = [];
    private readonly MemorySharing? _sharing;
    private readonly int _hart;

    /// <summary>
    /// FENCE.I of a hart beside which others run: drops the blocks of frames that others have written, or may have.
    /// </summary>
    public void Synchronize()
    {
        for (int index = _shared.Count - 1; index >= 0; index--)
        {
            SharedFrame frame = _shared[index];
            if (!_memory.HasFrameFlag(frame.Number, _hasCode))
            {
                _shared[index] = _shared[^1];
                _shared.RemoveAt(_shared.Count - 1);
                continue;
            }

            uint version = _sharing!.CodeVersion(frame.Number);
            if (frame.Generation == 0 && version == frame.Version)
                continue;

            // Seen before the blocks are dropped, so that what is decoded behind has all that was written before.
            bool isSettled = frame.Generation == 0 || _sharing.IsAcknowledged(_hart, frame.Generation);
            DropBlocksOf(frame.Number);
            _codeLines[frame.Number] = 0;
            _shared[index] = frame with { Generation = isSettled ? 0 : frame.Generation, Version = version };
        }
    }

    private void Remember(ulong frame)
    {
        long generation = _sharing!.BeginGeneration();
        _shared.Add(new SharedFrame(frame, generation, _sharing.CodeVersion(frame)));
    }

    /// <summary>A frame with code of which other harts know.</summary>
    /// <param name="Number">The frame.</param>
    /// <param name="Generation">The generation it began; 0 once all others have acknowledged it, before a FENCE.I.</param>
    /// <param name="Version">Its version before it was decoded.</param>
    private readonly record struct SharedFrame(ulong Number, long Generation, uint Version);
}
