namespace Engine.Storage.Journals;

/// <summary>Where a frame is, and which.</summary>
/// <param name="Segment">The segment's number.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="FrameNumber">Its number within the journal.</param>
internal readonly record struct FramePlace(long Segment, long Offset, long End, long FrameNumber);
