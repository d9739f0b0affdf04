namespace Engine.Subscriptions;

/// <summary>What became of the events of a lane so far, as far as its ring is concerned.</summary>
/// <param name="Buffered">Events that wait in it.</param>
/// <param name="Capacity">Its slots; 0 where there is no lane.</param>
/// <param name="Lost">Events it has dropped or refused.</param>
internal readonly record struct LaneUse(long Buffered, int Capacity, long Lost);
