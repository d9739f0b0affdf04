namespace Engine.Bus;

/// <summary>What a publisher waits for without holding its thread.</summary>
internal abstract class PublishWait;
