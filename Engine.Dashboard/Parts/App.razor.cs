using Microsoft.AspNetCore.Components;

namespace Engine.Dashboard.Parts;

/// <summary>The page around all pages.</summary>
public partial class App : ComponentBase;
