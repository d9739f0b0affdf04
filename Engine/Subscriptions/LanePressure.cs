namespace Engine.Subscriptions;

/// <summary>How the ring of a lane is doing, when a virtual CPU looks.</summary>
/// <param name="Buffered">Events that wait in it.</param>
/// <param name="Capacity">Its slots.</param>
/// <param name="LostSince">Events it has dropped or refused since the last look.</param>
public readonly record struct LanePressure(long Buffered, int Capacity, long LostSince)
{
    /// <summary>The part of the slots that is in use, from 0 to 1; 1 where events have been lost, and 0 without a lane.</summary>
    public double Fill => LostSince > 0 ? 1 : Capacity == 0 ? 0 : (double)Buffered / Capacity;
}
