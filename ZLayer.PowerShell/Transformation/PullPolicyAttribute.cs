using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Commands;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes the names of pull policies; <c>Missing</c> is another name of <c>IfNotPresent</c>.</summary>
public sealed class PullPolicyAttribute : ValueTransformationAttribute<ImagePullPolicy>
{
    /// <summary>The engine's word for a policy.</summary>
    internal static PullPolicy ToEngine(ImagePullPolicy policy) => policy switch
    {
        ImagePullPolicy.Newer => PullPolicy.Newer,
        ImagePullPolicy.Always => PullPolicy.Always,
        ImagePullPolicy.Never => PullPolicy.Never,
        _ => PullPolicy.Missing,
    };

    private protected override ImagePullPolicy Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => wrapped.ToString() is var text && text.Equals("Missing", StringComparison.OrdinalIgnoreCase)
            ? ImagePullPolicy.IfNotPresent
            : Enum.GetNames<ImagePullPolicy>().FirstOrDefault(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known
                ? Enum.Parse<ImagePullPolicy>(known)
                : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{text}' is not a pull policy.")
                {
                    Advice = "Write IfNotPresent, Newer, Always or Never.",
                };
}
