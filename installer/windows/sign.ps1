# Signs files with the certificate of the environment: sign.ps1 FILE...
#   WINDOWS_CERTIFICATE   a .pfx in base64
#   WINDOWS_CERTIFICATE_PASSWORD
# Without a certificate it says so and does nothing: the installer is then unsigned, and SmartScreen warns.
$ErrorActionPreference = "Stop"
if (-not $env:WINDOWS_CERTIFICATE) {
  Write-Output "No certificate is given; $args stay unsigned."
  exit 0
}
$file = Join-Path $env:RUNNER_TEMP "certificate.pfx"
[IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($env:WINDOWS_CERTIFICATE))
try {
  $tool = Get-ChildItem "${env:ProgramFiles(x86)}\Windows Kits\10\bin\*\x64\signtool.exe" | Select-Object -Last 1
  & $tool sign /fd SHA256 /tr http://timestamp.digicert.com /td SHA256 /f $file /p $env:WINDOWS_CERTIFICATE_PASSWORD @args
  if ($LASTEXITCODE) { exit $LASTEXITCODE }
} finally {
  Remove-Item $file
}
