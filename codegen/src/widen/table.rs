//! What each instruction on 128 bits is on 256: a whitelist; whatever is not here is not widened.
//!
//! The law of the table: the wide instruction does in the upper half what the narrow one does in the lower, on that half
//! of its operands. Instructions that cross halves are here only in the forms that `emit` uses them in: a broadcast fills
//! both halves, a shift's amount and the source of a conversion to wider lanes are the low part of a register.

use iced_x86::Code;

/// How an instruction is widened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wide {
    /// To this one, every vector register and memory operand twice as wide.
    Whole(Code),
    /// To this one, the operand of this number staying a low part.
    Low(Code, u32),
}

macro_rules! whole {
    ($code:ident: $($narrow:ident $wide:ident)+) => {
        match $code {
            $(Code::$narrow => Some(Wide::Whole(Code::$wide)),)+
            _ => None,
        }
    };
}

macro_rules! low {
    ($code:ident: $($narrow:ident $wide:ident $operand:literal)+) => {
        match $code {
            $(Code::$narrow => Some(Wide::Low(Code::$wide, $operand)),)+
            _ => None,
        }
    };
}

/// The wide form of an instruction that computes with whole vectors.
pub fn wide(code: Code) -> Option<Wide> {
    moves(code).or_else(|| floats(code)).or_else(|| integers(code)).or_else(|| crossings(code))
}

fn moves(code: Code) -> Option<Wide> {
    whole!(code:
        Movaps_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        Movaps_xmmm128_xmm VEX_Vmovups_ymmm256_ymm
        Movups_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        Movups_xmmm128_xmm VEX_Vmovups_ymmm256_ymm
        Movapd_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        Movdqa_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        Movdqa_xmmm128_xmm VEX_Vmovups_ymmm256_ymm
        Movdqu_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        Movdqu_xmmm128_xmm VEX_Vmovups_ymmm256_ymm
        VEX_Vmovaps_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        VEX_Vmovaps_xmmm128_xmm VEX_Vmovups_ymmm256_ymm
        VEX_Vmovups_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        VEX_Vmovups_xmmm128_xmm VEX_Vmovups_ymmm256_ymm
        VEX_Vmovapd_xmm_xmmm128 VEX_Vmovups_ymm_ymmm256
        VEX_Vmovupd_xmm_xmmm128 VEX_Vmovupd_ymm_ymmm256
        VEX_Vmovupd_xmmm128_xmm VEX_Vmovupd_ymmm256_ymm
        VEX_Vmovdqa_xmm_xmmm128 VEX_Vmovdqu_ymm_ymmm256
        VEX_Vmovdqa_xmmm128_xmm VEX_Vmovdqu_ymmm256_ymm
        VEX_Vmovdqu_xmm_xmmm128 VEX_Vmovdqu_ymm_ymmm256
        VEX_Vmovdqu_xmmm128_xmm VEX_Vmovdqu_ymmm256_ymm
        VEX_Vptest_xmm_xmmm128 VEX_Vptest_ymm_ymmm256
        VEX_Vmovmskps_r32_xmm VEX_Vmovmskps_r32_ymm
        VEX_Vmovmskpd_r32_xmm VEX_Vmovmskpd_r32_ymm
    )
}

fn floats(code: Code) -> Option<Wide> {
    whole!(code:
        VEX_Vaddps_xmm_xmm_xmmm128 VEX_Vaddps_ymm_ymm_ymmm256
        VEX_Vsubps_xmm_xmm_xmmm128 VEX_Vsubps_ymm_ymm_ymmm256
        VEX_Vmulps_xmm_xmm_xmmm128 VEX_Vmulps_ymm_ymm_ymmm256
        VEX_Vdivps_xmm_xmm_xmmm128 VEX_Vdivps_ymm_ymm_ymmm256
        VEX_Vminps_xmm_xmm_xmmm128 VEX_Vminps_ymm_ymm_ymmm256
        VEX_Vmaxps_xmm_xmm_xmmm128 VEX_Vmaxps_ymm_ymm_ymmm256
        VEX_Vsqrtps_xmm_xmmm128 VEX_Vsqrtps_ymm_ymmm256
        VEX_Vroundps_xmm_xmmm128_imm8 VEX_Vroundps_ymm_ymmm256_imm8
        VEX_Vcmpps_xmm_xmm_xmmm128_imm8 VEX_Vcmpps_ymm_ymm_ymmm256_imm8
        VEX_Vandps_xmm_xmm_xmmm128 VEX_Vandps_ymm_ymm_ymmm256
        VEX_Vandnps_xmm_xmm_xmmm128 VEX_Vandnps_ymm_ymm_ymmm256
        VEX_Vorps_xmm_xmm_xmmm128 VEX_Vorps_ymm_ymm_ymmm256
        VEX_Vxorps_xmm_xmm_xmmm128 VEX_Vxorps_ymm_ymm_ymmm256
        VEX_Vblendvps_xmm_xmm_xmmm128_xmm VEX_Vblendvps_ymm_ymm_ymmm256_ymm
        VEX_Vblendps_xmm_xmm_xmmm128_imm8 VEX_Vblendps_ymm_ymm_ymmm256_imm8
        VEX_Vcvtdq2ps_xmm_xmmm128 VEX_Vcvtdq2ps_ymm_ymmm256
        VEX_Vcvttps2dq_xmm_xmmm128 VEX_Vcvttps2dq_ymm_ymmm256
        VEX_Vfmadd132ps_xmm_xmm_xmmm128 VEX_Vfmadd132ps_ymm_ymm_ymmm256
        VEX_Vfmadd213ps_xmm_xmm_xmmm128 VEX_Vfmadd213ps_ymm_ymm_ymmm256
        VEX_Vfmadd231ps_xmm_xmm_xmmm128 VEX_Vfmadd231ps_ymm_ymm_ymmm256
        VEX_Vfnmadd132ps_xmm_xmm_xmmm128 VEX_Vfnmadd132ps_ymm_ymm_ymmm256
        VEX_Vfnmadd213ps_xmm_xmm_xmmm128 VEX_Vfnmadd213ps_ymm_ymm_ymmm256
        VEX_Vfmsub132ps_xmm_xmm_xmmm128 VEX_Vfmsub132ps_ymm_ymm_ymmm256
        VEX_Vfmsub213ps_xmm_xmm_xmmm128 VEX_Vfmsub213ps_ymm_ymm_ymmm256
        VEX_Vaddpd_xmm_xmm_xmmm128 VEX_Vaddpd_ymm_ymm_ymmm256
        VEX_Vsubpd_xmm_xmm_xmmm128 VEX_Vsubpd_ymm_ymm_ymmm256
        VEX_Vmulpd_xmm_xmm_xmmm128 VEX_Vmulpd_ymm_ymm_ymmm256
        VEX_Vdivpd_xmm_xmm_xmmm128 VEX_Vdivpd_ymm_ymm_ymmm256
        VEX_Vminpd_xmm_xmm_xmmm128 VEX_Vminpd_ymm_ymm_ymmm256
        VEX_Vmaxpd_xmm_xmm_xmmm128 VEX_Vmaxpd_ymm_ymm_ymmm256
        VEX_Vsqrtpd_xmm_xmmm128 VEX_Vsqrtpd_ymm_ymmm256
        VEX_Vroundpd_xmm_xmmm128_imm8 VEX_Vroundpd_ymm_ymmm256_imm8
        VEX_Vcmppd_xmm_xmm_xmmm128_imm8 VEX_Vcmppd_ymm_ymm_ymmm256_imm8
        VEX_Vandpd_xmm_xmm_xmmm128 VEX_Vandpd_ymm_ymm_ymmm256
        VEX_Vandnpd_xmm_xmm_xmmm128 VEX_Vandnpd_ymm_ymm_ymmm256
        VEX_Vorpd_xmm_xmm_xmmm128 VEX_Vorpd_ymm_ymm_ymmm256
        VEX_Vxorpd_xmm_xmm_xmmm128 VEX_Vxorpd_ymm_ymm_ymmm256
        VEX_Vblendvpd_xmm_xmm_xmmm128_xmm VEX_Vblendvpd_ymm_ymm_ymmm256_ymm
        VEX_Vfmadd132pd_xmm_xmm_xmmm128 VEX_Vfmadd132pd_ymm_ymm_ymmm256
        VEX_Vfmadd213pd_xmm_xmm_xmmm128 VEX_Vfmadd213pd_ymm_ymm_ymmm256
        VEX_Vfmadd231pd_xmm_xmm_xmmm128 VEX_Vfmadd231pd_ymm_ymm_ymmm256
        VEX_Vfnmadd132pd_xmm_xmm_xmmm128 VEX_Vfnmadd132pd_ymm_ymm_ymmm256
        VEX_Vfnmadd213pd_xmm_xmm_xmmm128 VEX_Vfnmadd213pd_ymm_ymm_ymmm256
        VEX_Vfmsub132pd_xmm_xmm_xmmm128 VEX_Vfmsub132pd_ymm_ymm_ymmm256
        VEX_Vfmsub213pd_xmm_xmm_xmmm128 VEX_Vfmsub213pd_ymm_ymm_ymmm256
    )
}

fn integers(code: Code) -> Option<Wide> {
    whole!(code:
        VEX_Vpaddb_xmm_xmm_xmmm128 VEX_Vpaddb_ymm_ymm_ymmm256
        VEX_Vpaddw_xmm_xmm_xmmm128 VEX_Vpaddw_ymm_ymm_ymmm256
        VEX_Vpaddd_xmm_xmm_xmmm128 VEX_Vpaddd_ymm_ymm_ymmm256
        VEX_Vpaddq_xmm_xmm_xmmm128 VEX_Vpaddq_ymm_ymm_ymmm256
        VEX_Vpsubd_xmm_xmm_xmmm128 VEX_Vpsubd_ymm_ymm_ymmm256
        VEX_Vpsubq_xmm_xmm_xmmm128 VEX_Vpsubq_ymm_ymm_ymmm256
        VEX_Vpmulld_xmm_xmm_xmmm128 VEX_Vpmulld_ymm_ymm_ymmm256
        VEX_Vpmuludq_xmm_xmm_xmmm128 VEX_Vpmuludq_ymm_ymm_ymmm256
        VEX_Vpand_xmm_xmm_xmmm128 VEX_Vpand_ymm_ymm_ymmm256
        VEX_Vpandn_xmm_xmm_xmmm128 VEX_Vpandn_ymm_ymm_ymmm256
        VEX_Vpor_xmm_xmm_xmmm128 VEX_Vpor_ymm_ymm_ymmm256
        VEX_Vpxor_xmm_xmm_xmmm128 VEX_Vpxor_ymm_ymm_ymmm256
        VEX_Vpabsd_xmm_xmmm128 VEX_Vpabsd_ymm_ymmm256
        VEX_Vpminsd_xmm_xmm_xmmm128 VEX_Vpminsd_ymm_ymm_ymmm256
        VEX_Vpminud_xmm_xmm_xmmm128 VEX_Vpminud_ymm_ymm_ymmm256
        VEX_Vpmaxsd_xmm_xmm_xmmm128 VEX_Vpmaxsd_ymm_ymm_ymmm256
        VEX_Vpmaxud_xmm_xmm_xmmm128 VEX_Vpmaxud_ymm_ymm_ymmm256
        VEX_Vpcmpeqd_xmm_xmm_xmmm128 VEX_Vpcmpeqd_ymm_ymm_ymmm256
        VEX_Vpcmpeqq_xmm_xmm_xmmm128 VEX_Vpcmpeqq_ymm_ymm_ymmm256
        VEX_Vpcmpgtd_xmm_xmm_xmmm128 VEX_Vpcmpgtd_ymm_ymm_ymmm256
        VEX_Vpcmpgtq_xmm_xmm_xmmm128 VEX_Vpcmpgtq_ymm_ymm_ymmm256
        VEX_Vpblendvb_xmm_xmm_xmmm128_xmm VEX_Vpblendvb_ymm_ymm_ymmm256_ymm
        VEX_Vpblendw_xmm_xmm_xmmm128_imm8 VEX_Vpblendw_ymm_ymm_ymmm256_imm8
        VEX_Vpslld_xmm_xmm_imm8 VEX_Vpslld_ymm_ymm_imm8
        VEX_Vpsllq_xmm_xmm_imm8 VEX_Vpsllq_ymm_ymm_imm8
        VEX_Vpsrld_xmm_xmm_imm8 VEX_Vpsrld_ymm_ymm_imm8
        VEX_Vpsrlq_xmm_xmm_imm8 VEX_Vpsrlq_ymm_ymm_imm8
        VEX_Vpsrad_xmm_xmm_imm8 VEX_Vpsrad_ymm_ymm_imm8
    )
}

fn crossings(code: Code) -> Option<Wide> {
    low!(code:
        VEX_Vpslld_xmm_xmm_xmmm128 VEX_Vpslld_ymm_ymm_xmmm128 2
        VEX_Vpsllq_xmm_xmm_xmmm128 VEX_Vpsllq_ymm_ymm_xmmm128 2
        VEX_Vpsrld_xmm_xmm_xmmm128 VEX_Vpsrld_ymm_ymm_xmmm128 2
        VEX_Vpsrlq_xmm_xmm_xmmm128 VEX_Vpsrlq_ymm_ymm_xmmm128 2
        VEX_Vpsrad_xmm_xmm_xmmm128 VEX_Vpsrad_ymm_ymm_xmmm128 2
        VEX_Vbroadcastss_xmm_m32 VEX_Vbroadcastss_ymm_m32 1
        VEX_Vbroadcastss_xmm_xmm VEX_Vbroadcastss_ymm_xmm 1
        VEX_Vpbroadcastd_xmm_xmmm32 VEX_Vpbroadcastd_ymm_xmmm32 1
        VEX_Vpbroadcastq_xmm_xmmm64 VEX_Vpbroadcastq_ymm_xmmm64 1
        VEX_Vmovddup_xmm_xmmm64 VEX_Vpbroadcastq_ymm_xmmm64 1
        VEX_Vpmovzxbw_xmm_xmmm64 VEX_Vpmovzxbw_ymm_xmmm128 1
        VEX_Vpmovzxwd_xmm_xmmm64 VEX_Vpmovzxwd_ymm_xmmm128 1
        VEX_Vpmovzxdq_xmm_xmmm64 VEX_Vpmovzxdq_ymm_xmmm128 1
    )
}

/// Whether an instruction computes with one element and so stays as it is.
pub fn is_scalar(code: Code) -> bool {
    matches!(
        code,
        Code::VEX_Vmovss_xmm_m32
            | Code::VEX_Vmovss_m32_xmm
            | Code::VEX_Vmovss_xmm_xmm_xmm
            | Code::VEX_Vmovsd_xmm_xmm_xmm
            | Code::VEX_Vmovsd_xmm_m64
            | Code::VEX_Vmovsd_m64_xmm
            | Code::VEX_Vmovd_xmm_rm32
            | Code::VEX_Vmovd_rm32_xmm
            | Code::VEX_Vmovq_xmm_rm64
            | Code::VEX_Vmovq_rm64_xmm
            | Code::VEX_Vaddss_xmm_xmm_xmmm32
            | Code::VEX_Vaddsd_xmm_xmm_xmmm64
            | Code::VEX_Vsubss_xmm_xmm_xmmm32
            | Code::VEX_Vsubsd_xmm_xmm_xmmm64
            | Code::VEX_Vmulss_xmm_xmm_xmmm32
            | Code::VEX_Vmulsd_xmm_xmm_xmmm64
            | Code::VEX_Vdivss_xmm_xmm_xmmm32
            | Code::VEX_Vdivsd_xmm_xmm_xmmm64
            | Code::VEX_Vminss_xmm_xmm_xmmm32
            | Code::VEX_Vminsd_xmm_xmm_xmmm64
            | Code::VEX_Vmaxss_xmm_xmm_xmmm32
            | Code::VEX_Vmaxsd_xmm_xmm_xmmm64
            | Code::VEX_Vsqrtss_xmm_xmm_xmmm32
            | Code::VEX_Vsqrtsd_xmm_xmm_xmmm64
            | Code::VEX_Vroundss_xmm_xmm_xmmm32_imm8
            | Code::VEX_Vroundsd_xmm_xmm_xmmm64_imm8
            | Code::VEX_Vcmpss_xmm_xmm_xmmm32_imm8
            | Code::VEX_Vcmpsd_xmm_xmm_xmmm64_imm8
            | Code::VEX_Vucomiss_xmm_xmmm32
            | Code::VEX_Vucomisd_xmm_xmmm64
            | Code::VEX_Vfmadd132ss_xmm_xmm_xmmm32
            | Code::VEX_Vfmadd213ss_xmm_xmm_xmmm32
            | Code::VEX_Vfmadd231ss_xmm_xmm_xmmm32
            | Code::VEX_Vfnmadd213ss_xmm_xmm_xmmm32
            | Code::VEX_Vfmadd132sd_xmm_xmm_xmmm64
            | Code::VEX_Vfmadd213sd_xmm_xmm_xmmm64
            | Code::VEX_Vfmadd231sd_xmm_xmm_xmmm64
            | Code::VEX_Vfnmadd213sd_xmm_xmm_xmmm64
            | Code::VEX_Vcvtsi2ss_xmm_xmm_rm32
            | Code::VEX_Vcvtsi2ss_xmm_xmm_rm64
            | Code::VEX_Vcvtsi2sd_xmm_xmm_rm32
            | Code::VEX_Vcvtsi2sd_xmm_xmm_rm64
            | Code::VEX_Vcvttss2si_r32_xmmm32
            | Code::VEX_Vcvttss2si_r64_xmmm32
            | Code::VEX_Vcvttsd2si_r32_xmmm64
            | Code::VEX_Vcvttsd2si_r64_xmmm64
            | Code::VEX_Vcvtss2sd_xmm_xmm_xmmm32
            | Code::VEX_Vcvtsd2ss_xmm_xmm_xmmm64
    )
}

/// Whether an instruction copies the low quarter or half of its register to all of it, as a repetition of one element.
pub fn repeats(code: Code, control: u8) -> Option<Wide> {
    (code == Code::VEX_Vpshufd_xmm_xmmm128_imm8 && control == 0b01_00_01_00)
        .then_some(Wide::Low(Code::VEX_Vpbroadcastq_ymm_xmmm64, 1))
}
